/**
 * Batches that somebody changed on their way, from their author and from others: none is delivered,
 * stored or passed on. In bytes without a network as many as FC_RUNS says, some over real links.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import type { Node } from '../../src/node.js'
import { createIdentity } from '../../src/tls/keys.js'
import { createSuite } from '../../src/tls/suite.js'
import { decodeBatch, encodeBatchHead, joinBatch } from '../../src/wire/batch.js'
import { encodeItems } from '../../src/wire/bulletin.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { equalBytes } from '../../src/wire/equal.js'
import { signedBytes } from '../../src/wire/record.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { FrameReader } from '../../src/wire/reader.js'
import { Random } from '../../src/core/random.js'
import type { Verdict } from '../../src/core/bulletins/vocabulary.js'
import { Attacker, HOST, incarnationNow, NETWORK } from '../helpers/attacker.js'
import { Author, Stand } from '../helpers/bulletin-bench.js'
import { closes, frames, NETWORK_HASH, only } from '../helpers/core-bench.js'
import { until } from '../helpers/processes.js'

const RUNS = Number(process.env['FC_RUNS'] ?? 5_000)
const LINKS = 150
const PER_LINK = 20

/** Flipped bits, other bytes, cut, longer, or a piece of it moved: never what it was. */
function mutated (bytes: Uint8Array, random: Random): Uint8Array {
  for (;;) {
    const copy = bytes.slice()
    const at = random.below(copy.length)
    const how = random.below(6)
    if (how === 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
    if (how === 1) copy[at] = random.below(256)
    if (how === 2) copy.fill(random.below(256), at, at + 1 + random.below(8))
    if (how === 3) copy.copyWithin(at, random.below(copy.length), random.below(copy.length))
    const cut = how === 4 ? copy.slice(0, at) : copy
    const all = how === 5 ? new Uint8Array([...cut, ...cut.slice(0, 1 + random.below(60))]) : cut
    if (!equalBytes(all, bytes)) return all
  }
}

/** What a check says, with the suite of the simulator. */
function check (stand: Stand, batch: Uint8Array): Verdict {
  const parsed = decodeBatch(batch)
  if (isRefusal(parsed)) return 'bad-items'
  const { suite } = stand.me.keys
  const { head, headBytes, signature, items } = parsed
  if (!equalBytes(suite.hash(items), head.itemsHash)) return 'bad-items'
  const signed = signedBytes('batch', NETWORK_HASH, headBytes)
  return suite.verify(head.publicKey, signed, signature) ? 'good' : 'bad-signature'
}

t.test(`of ${RUNS} changed batches none gets in, and its link closes`, t => {
  const stand = new Stand()
  const [writer = stand.me, relay = stand.me] = stand.larger(2)
  stand.verdict = batch => check(stand, batch)
  const random = new Random(20_261_121)
  const contents = [new Uint8Array(40).fill(1), new Uint8Array(0), new Uint8Array(300).fill(2)]
  const { bytes } = new Author(writer).sign({ contents })
  let reached = 0
  let wrong = 0
  for (let run = 0; run < RUNS; run++) {
    const peer = run % 2 === 0 ? writer : relay
    const link = stand.ready(peer)
    const reader = new FrameReader(1 << 20)
    reader.push(encodeFrame({ type: 'batch', hops: 0, batch: mutated(bytes, random) }))
    const frame = reader.next()
    if (frame?.type === 'batch') {
      reached++
      const effects = stand.say(link, frame)
      wrong += only(effects, 'deliver').length + only(effects, 'store-batch').length +
        frames(effects, 'batch').length + (closes(effects).includes(link) ? 0 : 1)
    } else if (frame?.type !== 'refusal') wrong++
    stand.ended(link)
    stand.seen.length = 0
  }
  t.equal(wrong, 0)
  t.ok(reached > RUNS / 4, `${reached} were batches in their layout`)
  t.equal(stand.shelf.size, 0)
  t.end()
})

/** A node, and what it and a witness linked with it show of bulletins. */
interface Target {
  readonly node: Node
  readonly heard: unknown[]
  readonly held: () => Promise<number>
}

async function target (t: Test): Promise<Target> {
  const heard: unknown[] = []
  const data = join(mkdtempSync(join(tmpdir(), 'p2p-gossip-')), 'data')
  const node = await createNode({ host: HOST, port: 0, data }, { log: () => {} })
  const connect = [`${HOST}:${node.port}`]
  const witness = await createNode({ host: HOST, port: 0, connect }, { log: () => {} })
  t.teardown(() => Promise.all([node.close(), witness.close()]))
  for (const one of [node, witness]) {
    void (async () => {
      for await (const bulletin of one.subscribe('news', { since: 0 })) heard.push(bulletin)
    })()
  }
  await until(() => node.peers().some(({ status }) => status === 'linked'), 5_000, 'a link')
  const held = async (): Promise<number> => {
    let count = 0
    for (const one of [node, witness]) {
      for await (const { seq } of one.query()) count += Math.min(seq, 1)
    }
    return count
  }
  return { node, heard, held }
}

t.test('over real links changed batches get nowhere, and the true one does', async t => {
  const { node, heard, held } = await target(t)
  const writer = createIdentity('ed25519')
  const suite = createSuite(writer)
  const incarnation = incarnationNow()
  const topic = suite.hash(new TextEncoder().encode('news'))
  const timestamp = Math.floor(Date.now() / 1_000)
  const content = new TextEncoder().encode('it is true')
  const items = encodeItems([{ topic, timestamp, nonce: 0, content }])
  const headBytes = encodeBatchHead({
    publicKey: writer.publicKey, incarnation, first: 1, count: 1, hopsMax: 0,
    previous: new Uint8Array(32), itemsHash: suite.hash(items),
  })
  const batch = joinBatch(headBytes, suite.sign(signedBytes('batch', NETWORK, headBytes)), items)
  const random = new Random(7)
  let closed = 0
  for (let i = 0; i < LINKS; i++) {
    const isAuthor = i % 2 === 0
    const greeting = isAuthor ? { hello: { incarnation: incarnation + i } } : {}
    const attacker = isAuthor
      ? await Attacker.member(t, node.port, greeting, writer)
      : await Attacker.member(t, node.port)
    const all = Array.from({ length: PER_LINK }, () =>
      encodeFrame({ type: 'batch', hops: 0, batch: mutated(batch, random) }))
    attacker.send(Buffer.concat(all))
    await attacker.ended()
    closed++
    attacker.destroy()
  }
  t.equal(closed, LINKS)
  t.same([heard.length, await held()], [0, 0])
  const honest = await Attacker.member(t, node.port)
  honest.say({ type: 'batch', hops: 0, batch })
  await until(() => heard.length === 1, 3_000, 'the true one')
  t.equal(await held() >= 1, true)
})
