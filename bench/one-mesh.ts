/**
 * One full mesh of N nodes in one process, measured from all listening to all links ready: ours, or
 * bare node:tls with a one-frame hello. Started by `mesh.ts`, prints one JSON line.
 * `node build/bench/one-mesh.js bare|ours SIZE IDENTITIES.json`
 */
import { constants, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createSecureContext, createServer, type TLSSocket } from 'node:tls'

export interface Measured {
  readonly ms: number
  readonly cpuMs: number
  /** Of the time: nothing to do but wait for a timer or a socket. */
  readonly idleMs: number
  readonly rssMiB: number
  /** What the links added: resident memory less that of the process before the first dial. */
  readonly grownMiB: number
}

/** PEM texts, made beforehand: making keys is not what is measured. */
export interface BenchIdentity {
  readonly key: string
  readonly cert: string
}

/** A mesh that takes longer than this has failed. */
const GIVE_UP_MS = 180_000
const HOST = '127.0.0.1'
const MIB = 1_048_576
/** As many bytes as one of our hellos has as a frame. */
const HELLO_BYTES = 142

const [kind, size, file = ''] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const identities = (JSON.parse(readFileSync(file, 'utf8')) as BenchIdentity[]).slice(0, size)
const links = size * (size - 1)

console.log(JSON.stringify(kind === 'bare' ? await bareMesh() : await ourMesh()))
process.exit()

/** Loaded here, so that the bare process does not carry it. */
async function ourMesh (): Promise<Measured> {
  const { createNode } = await import('../src/index.js')
  let up = 0
  const nodes: Awaited<ReturnType<typeof createNode>>[] = []
  for (const { key, cert } of identities) {
    const node = await createNode({ port: 0, host: HOST, key, cert })
    node.on('link-up', () => { up++ })
    node.on('link-down', () => { up-- })
    nodes.push(node)
  }
  const [first, ...others] = nodes
  return measure(() => {
    for (const node of others) void node.connect(first?.address ?? '')
  }, () => up === links)
}

/**
 * What anybody would write: TLS 1.3, a certificate from both sides, the peer known by its
 * certificate's fingerprint, one hello each way. All addresses are known and dialled at once.
 */
async function bareMesh (): Promise<Measured> {
  let hellos = 0
  const known = new Set<string>()
  const hello = Buffer.alloc(HELLO_BYTES)
  hello.writeUInt32BE(HELLO_BYTES - 4)
  const greet = (socket: TLSSocket): void => {
    socket.on('error', () => {})
    if (!known.has(socket.getPeerCertificate().fingerprint256)) return void socket.destroy()
    socket.setNoDelay(true)
    socket.once('data', (chunk: Buffer) => {
      if (chunk.readUInt32BE() === HELLO_BYTES - 4) hellos++
      socket.on('data', () => {})
    })
    socket.write(hello)
  }
  const secure = { minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET } as const
  const options = { rejectUnauthorized: false, ALPNProtocols: ['bare'] }
  const ports: number[] = []
  for (const { key, cert } of identities) {
    known.add(new X509Certificate(cert).fingerprint256)
    const server = createServer({ ...secure, ...options, key, cert, requestCert: true }, greet)
    await new Promise<void>(resolve => { server.listen(0, HOST, resolve) })
    ports.push((server.address() as AddressInfo).port)
  }
  return measure(() => {
    identities.forEach(({ key, cert }, i) => {
      const secureContext = createSecureContext({ ...secure, key, cert })
      for (const port of ports.slice(0, i)) {
        const socket = connect({
          ...options, host: HOST, port, secureContext, checkServerIdentity: () => undefined,
        }, () => { greet(socket) })
        socket.on('error', () => {})
      }
    })
  }, () => hellos === links)
}

async function measure (begin: () => void, isWhole: () => boolean): Promise<Measured> {
  const idleBytes = process.memoryUsage.rss()
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  const loop = performance.eventLoopUtilization()
  begin()
  while (!isWhole()) {
    if (performance.now() - startMs > GIVE_UP_MS) throw new Error('no full mesh')
    await new Promise(resolve => { setTimeout(resolve, 2) })
  }
  const { user, system } = process.cpuUsage(cpu)
  const bytes = process.memoryUsage.rss()
  return {
    ms: Math.round(performance.now() - startMs),
    idleMs: Math.round(performance.eventLoopUtilization(loop).idle),
    cpuMs: Math.round((user + system) / 1_000),
    rssMiB: Math.round(bytes / MIB),
    grownMiB: Math.round((bytes - idleBytes) / MIB),
  }
}
