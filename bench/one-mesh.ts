/**
 * One full mesh of N nodes in one process, measured from all listening to all links ready: ours, or
 * bare node:tls with a one-frame hello. Started by `mesh.ts`, prints one JSON line.
 */
import { connect, createSecureContext, createServer, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { createIdentity, createNode, type Node } from '../src/index.js'

export interface Measured {
  readonly ms: number
  readonly cpuMs: number
  readonly rssMiB: number
}

const [kind, size] = [process.argv[2], Number(process.argv[3])]
/** A mesh that takes longer than this has failed. */
const GIVE_UP_MS = 60_000
const HOST = '127.0.0.1'
const MIB = 1_048_576

console.log(JSON.stringify(kind === 'bare' ? await bareMesh(size) : await ourMesh(size)))
process.exit()

async function ourMesh (count: number): Promise<Measured> {
  let links = 0
  const nodes: Node[] = []
  for (let i = 0; i < count; i++) {
    const first = nodes[0]
    const node = await createNode({
      port: 0, host: HOST, connect: first === undefined ? [] : [first.address],
    })
    node.on('link-up', () => { links++ })
    node.on('link-down', () => { links-- })
    nodes.push(node)
  }
  return measure(() => links === count * (count - 1))
}

async function bareMesh (count: number): Promise<Measured> {
  let hellos = 0
  const hello = Buffer.alloc(60)
  const greet = (socket: TLSSocket): void => {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.once('data', () => { hellos++ })
    socket.write(hello)
  }
  const options = { minVersion: 'TLSv1.3', rejectUnauthorized: false, ALPNProtocols: ['x'] } as const
  const nodes: { readonly key: string, readonly cert: string, readonly port: number }[] = []
  for (let i = 0; i < count; i++) {
    const { key, cert } = createIdentity('ed25519')
    const server = createServer({ ...options, key, cert, requestCert: true }, greet)
    await new Promise<void>(resolve => { server.listen(0, HOST, resolve) })
    nodes.push({ key, cert, port: (server.address() as AddressInfo).port })
  }
  nodes.forEach(({ key, cert }, i) => {
    const secureContext = createSecureContext({ key, cert, minVersion: 'TLSv1.3' })
    for (const { port } of nodes.slice(0, i)) {
      const socket = connect({
        ...options, host: HOST, port, secureContext, checkServerIdentity: () => undefined,
      }, () => { greet(socket) })
    }
  })
  return measure(() => hellos === count * (count - 1))
}

async function measure (isWhole: () => boolean): Promise<Measured> {
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  while (!isWhole()) {
    if (performance.now() - startMs > GIVE_UP_MS) throw new Error('no full mesh')
    await new Promise(resolve => { setTimeout(resolve, 2) })
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    ms: Math.round(performance.now() - startMs),
    cpuMs: Math.round((user + system) / 1_000),
    rssMiB: Math.round(process.memoryUsage().rss / MIB),
  }
}
