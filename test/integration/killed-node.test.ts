/**
 * A node that keeps bulletins on its disk is killed with `kill -9` while it stores what an author
 * publishes. Its store opens each time without complaint, and whatever it had told the author is
 * stored is there. All rounds of the promise: `STORE_KILLS=50`.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import type { Node } from '../../src/node.js'
import type { LogEntry } from '../../src/ports.js'
import { openBulletinStore } from '../../src/store/open-bulletins.js'
import { BulletinMember } from '../helpers/bulletin-member.js'
import { until } from '../helpers/processes.js'

const KILLS = Number(process.env['STORE_KILLS'] ?? 5)
const AT_ONCE = 20
const TEST_MAX_MS = KILLS * 10_000 + 30_000

/** Publishes without end until told; some of it is being written whenever the keeper is killed. */
class Writer {
  /** Positions that the keeper said are stored. */
  readonly acknowledged = new Set<number>()
  readonly #author: Node
  #isEnded = false
  readonly #done: Promise<unknown>

  constructor (author: Node) {
    this.#author = author
    this.#done = Promise.all(Array.from({ length: AT_ONCE }, (_, i) => this.#write(i)))
  }

  async end (): Promise<void> {
    this.#isEnded = true
    await this.#done
  }

  async #write (index: number): Promise<void> {
    const content = new Uint8Array(index % 7 === 0 ? 50_000 : 300).fill(index)
    while (!this.#isEnded) {
      const how = { wait: 1, timeoutMs: 2_000 }
      const published = await this.#author.publish('news', content, how).catch(() => null)
      if (published !== null) this.acknowledged.add(published.seq)
    }
  }
}

/** The store of a keeper that is gone has these positions, and each can be read. */
async function isKept (t: Test, data: string, acknowledged: ReadonlySet<number>): Promise<void> {
  const log: LogEntry[] = []
  const store = await openBulletinStore(join(data, 'bulletins'), entry => { log.push(entry) })
  t.same(log, [], 'it opens without complaint')
  const held = new Set<number>()
  for await (const { position } of store.query({})) held.add(position)
  await store.close()
  const lost = [...acknowledged].filter(position => !held.has(position))
  t.same(lost, [], `${acknowledged.size} were acknowledged, ${held.size} are there`)
}

t.setTimeout(TEST_MAX_MS)

t.test(`a node killed ${KILLS} times holds all that it told its author is stored`, async t => {
  t.setTimeout(TEST_MAX_MS)
  const author = await createNode({ host: '127.0.0.1', port: 0 }, { log: () => {} })
  t.teardown(() => author.close())
  const data = join(mkdtempSync(join(tmpdir(), 'p2p-gossip-')), 'data')
  const acknowledged = new Set<number>()
  for (let round = 0; round < KILLS; round++) {
    const options = { data, connect: [author.address] }
    const keeper = await BulletinMember.start(t, { options })
    const writer = new Writer(author)
    // From a few receipts to some hundred.
    await until(() => writer.acknowledged.size >= 10 + 37 * round % 400, 20_000, 'receipts')
    await keeper.kill()
    await writer.end()
    for (const position of writer.acknowledged) acknowledged.add(position)
    await isKept(t, data, acknowledged)
  }
  t.ok(acknowledged.size >= KILLS * 10, 'enough to tell')
})
