/**
 * What was missed while a link was cut, fetched when it is there again: time from the new link to
 * the last one in the subscriber's hands and store, and bytes at the raw socket, both ways.
 * `node build/bench/catch-up.js [bursts|alone]`
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { createNode, type Node } from '../src/index.js'
import { tellingStore } from './ours.js'
import { nowMs } from './time.js'

export interface CaughtUp {
  readonly ms: number
  /** Of those of the missing batches. */
  readonly bytesRatio: number
  /** Of those of the missing contents. */
  readonly contentRatio: number
}

const HOST = '127.0.0.1'
const TOPIC = 'bench'
const COUNT = 10_000
const CONTENT_BYTES = 300
/** Nobody listens there: links come through the proxy alone. */
const NOWHERE = `${HOST}:9`

export async function catchUp (manner: 'bursts' | 'alone'): Promise<CaughtUp> {
  const proxy = new Proxy()
  await proxy.listen()
  const counted = { taken: 0, stored: 0, missingBytes: 0 }
  const authors = await tellingStore(null)
  const put = authors.putBatch.bind(authors)
  authors.putBatch = batch => {
    counted.missingBytes += batch.batch.length
    return put(batch)
  }
  const author = await createNode(
    { port: 0, host: HOST, advertise: [proxy.address] }, { bulletins: authors })
  proxy.target = author.port
  const reader = await createNode(
    { port: 0, host: HOST, advertise: [NOWHERE], connect: [proxy.address] },
    { bulletins: await tellingStore({
      taken: () => {}, stored: count => { counted.stored += count },
    }) })
  const whenDone = take(reader, () => { counted.taken++ }, () =>
    counted.taken >= COUNT && counted.stored >= COUNT)
  await linkChange(reader, 'link-up')
  const isDown = linkChange(reader, 'link-down')
  proxy.cut()
  await isDown
  const content = new Uint8Array(CONTENT_BYTES)
  if (manner === 'bursts') {
    await Promise.all(Array.from({ length: COUNT }, () => author.publish(TOPIC, content)))
  } else {
    for (let i = 0; i < COUNT; i++) await author.publish(TOPIC, content)
  }
  const isUp = linkChange(reader, 'link-up')
  proxy.mend()
  await isUp
  const startMs = nowMs()
  await whenDone
  const ms = nowMs() - startMs
  const { bytes } = proxy
  await Promise.all([author.close(), reader.close()])
  proxy.close()
  return {
    ms, bytesRatio: bytes / counted.missingBytes, contentRatio: bytes / (COUNT * CONTENT_BYTES),
  }
}

function linkChange (node: Node, kind: 'link-up' | 'link-down'): Promise<unknown> {
  return new Promise(resolve => { node.once(kind, resolve) })
}

async function take (node: Node, taken: () => void, isDone: () => boolean): Promise<void> {
  const bulletins = node.subscribe(TOPIC)
  void (async () => { for await (const bulletin of bulletins) if (bulletin.seq > 0) taken() })()
  while (!isDone()) await new Promise(resolve => { setTimeout(resolve, 5) })
}

/** Counts since it was mended. */
class Proxy {
  bytes = 0
  target = 0
  readonly #sockets = new Set<Socket>()
  #isCut = false
  readonly #server = createServer(near => {
    near.on('error', () => {})
    if (this.#isCut) return void near.destroy()
    const far = connect(this.target, HOST)
    this.#pump(near, far)
    this.#pump(far, near)
  })

  listen (): Promise<void> {
    return new Promise(resolve => { this.#server.listen(0, HOST, resolve) })
  }

  get address (): string {
    return `${HOST}:${(this.#server.address() as AddressInfo).port}`
  }

  cut (): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend (): void {
    this.#isCut = false
    this.bytes = 0
  }

  close (): void {
    this.#server.close()
  }

  #pump (from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', chunk => {
      this.bytes += chunk.length
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => { from.resume() })
    from.on('end', () => { to.end() })
    from.on('error', () => { to.destroy() })
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await catchUp(process.argv[2] === 'alone' ? 'alone' : 'bursts')))
  process.exit()
}
