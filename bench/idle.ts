/**
 * Bytes a second on one idle link, both ways, at the raw socket: TLS included, TCP and IP headers
 * not. Two nodes through a counting proxy, period 5 s. Read next: `main.ts`, which prints it.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createNode } from '../src/index.js'

const HOST = '127.0.0.1'
/** Greeting, comparison of rosters and first heartbeats are over. */
const SETTLED_AFTER_MS = 5_000

/** Bytes a second, mean over so many seconds. */
export async function idleBytesPerSecond (seconds: number): Promise<number> {
  let bytes = 0
  const count = (chunk: Buffer): void => { bytes += chunk.length }
  const first = await createNode({ port: 0, host: HOST })
  const proxy = createServer(near => {
    const far = connect(first.port, HOST)
    pump(near, far, count)
    pump(far, near, count)
  })
  await new Promise<void>(resolve => { proxy.listen(0, HOST, resolve) })
  const { port } = proxy.address() as AddressInfo
  // The second dials the proxy, and nobody dials where a link is: all goes through the proxy.
  const second = await createNode({ port: 0, host: HOST, connect: [`${HOST}:${port}`] })
  await new Promise<void>(resolve => { second.once('link-up', () => { resolve() }) })
  await pause(SETTLED_AFTER_MS)
  bytes = 0
  await pause(seconds * 1_000)
  const mean = bytes / seconds
  await Promise.all([first.close(), second.close()])
  proxy.close()
  return mean
}

function pump (from: Socket, to: Socket, count: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    count(chunk)
    to.write(chunk)
  })
  from.on('end', () => { to.end() })
  from.on('error', () => { to.destroy() })
}

function pause (forMs: number): Promise<void> {
  return new Promise(resolve => { setTimeout(resolve, forMs) })
}
