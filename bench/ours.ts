/** Our side of a comparison: nodes of their defaults, bulletins in memory. */
import { createNode } from '../src/index.js'
import { openBulletinStore } from '../src/store/open-bulletins.js'
import type { BulletinStore } from '../src/ports.js'
import type { Party, Taker } from './party.js'

const HOST = '127.0.0.1'
const TOPIC = 'bench'

export async function ourParty (address: string | null, taker: Taker | null): Promise<Party> {
  const node = await createNode(
    { port: 0, host: HOST, connect: address === null ? [] : [address] },
    { bulletins: await tellingStore(taker) },
  )
  let linked = 0
  node.on('link-up', () => { linked++ })
  node.on('link-down', () => { linked-- })
  if (taker !== null) void take(node.subscribe(TOPIC), taker)
  return {
    address: node.address,
    linked: () => linked,
    async burst (contents) {
      await Promise.all(contents.map(content => node.publish(TOPIC, content)))
    },
    async send (content) {
      await node.publish(TOPIC, content)
    },
  }
}

async function take (
  bulletins: AsyncIterable<{ readonly content: Uint8Array }>, { taken }: Taker,
): Promise<void> {
  for await (const { content } of bulletins) taken(content)
}

/** The store of bulletins in memory, which tells what was put. */
export async function tellingStore (taker: Taker | null): Promise<BulletinStore> {
  const store = await openBulletinStore(null, () => {})
  const put = store.putBatch.bind(store)
  store.putBatch = async batch => {
    await put(batch)
    taker?.stored(batch.count)
  }
  return store
}
