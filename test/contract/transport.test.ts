import net from 'node:net'
import t from 'tap'
import { createIdentity } from '../../src/tls/keys.js'
import { createTransport } from '../../src/tls/transport.js'
import { transportContract, type Party, type TransportRig } from './transport.js'

t.test('TLS on sockets', async t => {
  const { address, close } = await silentServer()
  t.teardown(close)
  transportContract(t, {
    party,
    host: '127.0.0.1',
    refusedAddress,
    silentAddress: async () => address,
  } satisfies TransportRig)
})

function party (): Party {
  const files = createIdentity('ed25519')
  return { identity: files.id, publicKey: files.publicKey, transport: createTransport(files) }
}

/** Of a port that was free a moment ago. */
async function refusedAddress (): Promise<string> {
  const server = net.createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return `127.0.0.1:${port}`
}

async function silentServer (): Promise<{ address: string, close: () => Promise<void> }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => { server.close(resolve) })
    },
  }
}
