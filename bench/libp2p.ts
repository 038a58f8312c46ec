/**
 * js-libp2p with gossipsub, as its pages say to set it up: TCP, noise, yamux, signed messages. Only
 * where `npm install` was run in `bench/`. Its queues are made so large that it drops nothing.
 */
import { existsSync } from 'node:fs'
import type { Party, Taker } from './party.js'

const PACKAGES = new URL('../../bench/node_modules/', import.meta.url)
const TOPIC = 'bench'
const ROOM_BYTES = 1_073_741_824

interface Pubsub {
  subscribe (topic: string): void
  getSubscribers (topic: string): unknown[]
  publish (topic: string, data: Uint8Array): Promise<unknown>
  addEventListener (event: 'message', handler: (event: {
    readonly detail: { readonly data: Uint8Array }
  }) => void): void
}

interface Host {
  readonly services: { readonly pubsub: Pubsub }
  getMultiaddrs (): { toString (): string }[]
  dial (address: unknown): Promise<unknown>
}

type Make = (options?: object) => unknown

/** True where it is installed. */
export const hasLibp2p = existsSync(new URL('libp2p/package.json', PACKAGES))

/** Its packages need what Node has from 22 on. */
function fillIn (): void {
  const promises = Promise as unknown as { withResolvers?: () => object }
  promises.withResolvers ??= () => {
    let [resolve, reject]: unknown[] = []
    const promise = new Promise((...both) => { [resolve, reject] = both })
    return { promise, resolve, reject }
  }
}

export async function libp2pParty (address: string | null, taker: Taker | null): Promise<Party> {
  fillIn()
  const { createLibp2p } = await load<{ createLibp2p: (options: object) => Promise<Host> }>('libp2p')
  const { tcp } = await load<{ tcp: Make }>('@libp2p/tcp')
  const { noise } = await load<{ noise: Make }>('@chainsafe/libp2p-noise')
  const { yamux } = await load<{ yamux: Make }>('@chainsafe/libp2p-yamux')
  const { identify } = await load<{ identify: Make }>('@libp2p/identify')
  const { gossipsub } = await load<{ gossipsub: Make }>('@chainsafe/libp2p-gossipsub')
  const host = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: Infinity },
    services: {
      identify: identify(),
      pubsub: gossipsub({
        allowPublishToZeroTopicPeers: true,
        maxOutboundBufferSize: ROOM_BYTES,
        maxInboundBufferSize: ROOM_BYTES,
        floodPublish: true,
      }),
    },
  })
  const { pubsub } = host.services
  if (taker !== null) {
    const kept: Uint8Array[] = []
    pubsub.addEventListener('message', ({ detail: { data } }) => {
      kept.push(data)
      taker.taken(data)
      taker.stored(1)
    })
  }
  pubsub.subscribe(TOPIC)
  if (address !== null) {
    const { multiaddr } = await load<{ multiaddr: (text: string) => unknown }>(
      '@multiformats/multiaddr')
    await host.dial(multiaddr(address))
  }
  const send = async (content: Uint8Array): Promise<void> => { await pubsub.publish(TOPIC, content) }
  return {
    address: host.getMultiaddrs()[0]?.toString() ?? '',
    linked: () => pubsub.getSubscribers(TOPIC).length,
    send,
    async burst (contents) {
      for (const content of contents) await send(content)
    },
  }
}

async function load<T> (name: string): Promise<T> {
  return await import(new URL(`${name}/dist/src/index.js`, PACKAGES).href) as T
}
