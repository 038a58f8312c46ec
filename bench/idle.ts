/**
 * Bytes a second on one idle link, both ways, at the raw socket: TLS included, TCP and IP headers
 * not. Two nodes through a counting proxy, period 5 s. `node build/bench/idle.js [SECONDS]`
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createNode } from '../src/index.js'

const seconds = Number(process.argv[2] ?? 60)
const host = '127.0.0.1'
let bytes = 0

const first = await createNode({ port: 0, host })
const proxy = createServer(near => {
  const far = connect(first.port, host)
  pump(near, far)
  pump(far, near)
})
await new Promise<void>(resolve => { proxy.listen(0, host, resolve) })
const { port } = proxy.address() as AddressInfo
// The second is told as unreachable elsewhere, so that the one link goes through the proxy.
const second = await createNode({ port: 0, host, connect: [`${host}:${port}`] })
await new Promise<void>(resolve => { second.once('link-up', () => { resolve() }) })
await pause(5_000)
bytes = 0
await pause(seconds * 1_000)
console.log(`${(bytes / seconds).toFixed(0)} bytes/s on an idle link, both ways, over ${seconds} s`)
await Promise.all([first.close(), second.close()])
proxy.close()

function pump (from: Socket, to: Socket): void {
  from.on('data', chunk => {
    bytes += chunk.length
    to.write(chunk)
  })
  from.on('end', () => { to.end() })
  from.on('error', () => { to.destroy() })
}

function pause (forMs: number): Promise<void> {
  return new Promise(resolve => { setTimeout(resolve, forMs) })
}
