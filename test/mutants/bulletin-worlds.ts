/**
 * Scripted worlds for what is promised of bulletins, as `worlds.ts` has them for the mesh. They
 * know nothing of mutants and hold for the product as it is. Read next: `trial.ts`.
 */
import { BULLETIN_LIMITS } from '../../src/limits.js'
import type { Effect } from '../../src/core/effect.js'
import type { Event } from '../../src/core/event.js'
import { Publications } from '../../src/hall/publications.js'
import type { Frame } from '../../src/wire/frame.js'
import { Author, evidenceOf } from '../helpers/bulletin-bench.js'
import { Peer, SECOND_MS } from '../helpers/core-bench.js'
import { Quiet } from '../sim/checks/quiet.js'
import { Receipts } from '../sim/checks/receipts.js'
import { awaitFullMesh } from '../sim/run.js'
import { Watch } from '../sim/watch.js'
import type { SimNode, World } from '../sim/world.js'
import { cutPair, downsOf, four, meshOf, say } from './stage.js'
import type { Scripted } from './worlds.js'

const KIB = 1_024
const TOPIC = 'news'

export const BULLETIN_WORLDS: readonly Scripted[] = [
  {
    name: 'a gap in a log',
    promise: 'a gap is asked for at once, and what is behind it waits for it (DESIGN 8)',
    play: gapInLog,
  },
  {
    name: 'the push that was lost',
    promise: 'what a heartbeat shows and a push has lost is there within 5 s (P3)',
    play: lostPush,
  },
  {
    name: 'members of different rules',
    promise: 'rules that differ cause no traffic (docs/adr/0005)',
    play: differentRules,
  },
  {
    name: 'bulletins that nobody takes',
    promise: 'what is not as its author signed it, expired or of the future is not kept',
    play: notTaken,
  },
  {
    name: 'the day after tomorrow',
    promise: 'what was dated in the future is taken when its time has come',
    play: datedAhead,
  },
  {
    name: 'a full house',
    promise: 'of the author that holds most the oldest batch gives way (DESIGN 8)',
    play: fullHouse,
  },
  {
    name: 'faster than the others',
    promise: 'publishing runs ahead of links that keep up by 3 MiB, of all by 8 MiB',
    play: fasterThanOthers,
  },
  {
    name: 'a full disk',
    promise: 'what cannot be stored is told, not told as stored, delivered once, fetched later',
    play: fullDisk,
  },
  {
    name: 'asked while it is written',
    promise: 'what an author has not written yet is not told as stored, and comes (P3)',
    play: askedWhileWritten,
  },
  {
    name: 'two versions of a log',
    promise: 'a fork that one member saw all know, and who comes later, too (DESIGN 8)',
    play: twoVersions,
  },
  {
    name: 'a false accusation',
    promise: 'evidence that proves nothing harms its teller alone',
    play: falseAccusation,
  },
  {
    name: 'more wants than fit',
    promise: 'wants of one link that wait are bounded: whoever says more is closed (P6)',
    play: manyWants,
  },
  {
    name: 'a clock that goes back',
    promise: 'timestamps of one log do not go back (docs/adr/0005)',
    play: clockGoesBack,
  },
]

/** Positions of one author that a node was handed, late ones with a minus. */
function deliveredTo (world: World, node: SimNode): number[] {
  const seqs: number[] = []
  world.onBulletins.push((other, effect) => {
    if (other !== node || effect.kind !== 'deliver') return
    const { first, count, isLate } = effect.delivery
    for (let seq = first; seq < first + count; seq++) seqs.push(isLate ? -seq : seq)
  })
  return seqs
}

function storedCount (world: World, node: SimNode): number {
  return world.shelvedBy(node).size
}

/** One has the first and the third batch; who sent them has the second, too. */
function gapInLog (): string | null {
  const world = meshOf(2)
  const [one, teller] = four(world)
  const author = new Author(new Peer(5_000))
  const [first, second, third] = author.signAll(3, secondsNow(world))
    .map(({ frame }) => frame) as [Frame, Frame, Frame]
  for (const frame of [first, second, third]) say(world, one, teller, frame)
  world.runUntil(world.nowMs + 100)
  const seqs = deliveredTo(world, one)
  say(world, teller, one, first)
  say(world, teller, one, third)
  world.runUntil(world.nowMs + 100)
  return seqs.join() === '1,2,3' ? null : `after 100 ms ${seqs.join()} was delivered, not 1,2,3`
}

/** The reader is so slow that all is dropped; ten times, and what is dropped is the last. */
function lostPush (): string | null {
  const world = meshOf(3)
  const [author, reader] = four(world)
  for (let time = 1; time <= 5; time++) {
    for (const { side } of author.sides.values()) world.narrow(side, 1, 1, 50)
    world.publish(author, TOPIC, `lost ${time}`)
    world.runUntil(world.nowMs + 3 * SECOND_MS)
    const held = storedCount(world, reader)
    if (held < time) return `after 3 s ${held} of ${time} bulletins are there`
  }
  return null
}

/** Work, time and room that differ; then a minute in which nothing happens. */
function differentRules (): string | null {
  const world = meshOf(4)
  const [, strict, short, small] = four(world)
  world.crash(strict, false)
  world.crash(short, false)
  world.crash(small, false)
  strict.policy = { bulletins: {}, difficulty: 6 }
  short.policy = { bulletins: { retainMs: 10_000 }, difficulty: 0 }
  small.policy = { bulletins: { quotaBytes: 2 * KIB }, difficulty: 0 }
  for (const node of [strict, short, small]) world.start(node)
  if (awaitFullMesh(world) === null) return 'no mesh forms'
  for (let i = 0; i < 40; i++) {
    for (const node of world.nodes) world.publish(node, TOPIC, `${node.index} ${i}`.padEnd(100))
    world.runUntil(world.nowMs + 50)
  }
  const watch = new Watch(world)
  const quiet = new Quiet(world, watch)
  world.runUntil(world.nowMs + 40 * SECOND_MS)
  quiet.begin()
  world.runUntil(world.nowMs + 60 * SECOND_MS)
  quiet.end()
  const expired = storedCount(world, short)
  if (expired > 0) return `${expired} batches are kept beyond their time`
  return watch.failure
}

function notTaken (): string | null {
  const world = meshOf(3)
  const [one, teller, other] = four(world)
  const downs = downsOf(world, one)
  const now = secondsNow(world).atSeconds
  const of = (secret: number): Author => new Author(new Peer(secret))
  const expired = of(5_001).sign({ atSeconds: now - 3_601 })
  say(world, teller, one, expired.frame)
  say(world, teller, one, of(5_002).sign({ atSeconds: now + 125 }).frame)
  // Its difficulty counts when it has been started again.
  world.crash(other, false)
  other.policy = { bulletins: {}, difficulty: 20 }
  world.start(other)
  if (awaitFullMesh(world) === null) return 'no mesh forms'
  say(world, teller, other, of(5_003).sign({ atSeconds: now }).frame)
  world.runUntil(world.nowMs + SECOND_MS)
  if (storedCount(world, one) > 0) return 'what is expired or of the future is stored'
  if (storedCount(world, other) > 0) return 'what is worth too little is stored'
  if (downs.includes('protocol')) return 'who passed it on was closed'
  return falselySigned()
}

function falselySigned (): string | null {
  for (const part of ['signature', 'items'] as const) {
    const world = meshOf(2)
    const [one, teller] = four(world)
    const downs = downsOf(world, one)
    const { frame, signature } = new Author(new Peer(5_004)).sign(secondsNow(world))
    const batch = frame.batch.slice()
    const at = part === 'items' ? batch.length - 1 : 4 + headLength(batch) + signature.length - 1
    batch[at] = (batch[at] ?? 0) ^ 1
    say(world, teller, one, { ...frame, batch })
    world.runUntil(world.nowMs + SECOND_MS)
    if (storedCount(world, one) > 0) return `a batch with a false ${part} is stored`
    if (!downs.includes('protocol')) return `who sent a false ${part} is not closed`
  }
  return null
}

function headLength (batch: Uint8Array): number {
  return new DataView(batch.buffer, batch.byteOffset).getUint16(0)
}

/** Dated 150 s ahead by an author that then restarts: only comparing logs can bring it. */
function datedAhead (): string | null {
  const world = meshOf(2)
  const [author, reader] = four(world)
  world.setClock(author, 150 * SECOND_MS)
  world.publish(author, TOPIC, 'ahead')
  world.runUntil(world.nowMs + 50)
  world.setClock(author, -150 * SECOND_MS)
  world.crash(author, false)
  world.start(author)
  world.runUntil(world.nowMs + 20 * SECOND_MS)
  if (storedCount(world, reader) > 0) return 'it is taken before its time'
  const { futureRestMs, exchangeEveryMs } = BULLETIN_LIMITS
  world.runUntil(world.nowMs + 15 * SECOND_MS + futureRestMs + 3 * exchangeEveryMs)
  return storedCount(world, reader) === 1 ? null : 'it is not taken when its time has come'
}

/** Room for four; two of one author, then four of another: that one gives way to itself. */
function fullHouse (): string | null {
  const world = meshOf(3)
  const [one, more, less] = four(world)
  world.crash(one, false)
  one.policy = { bulletins: { quotaBytes: 6 * KIB }, difficulty: 0 }
  world.start(one)
  if (awaitFullMesh(world) === null) return 'no mesh forms'
  for (const [author, count] of [[less, 2], [more, 4]] as const) {
    for (let i = 0; i < count; i++) {
      world.publish(author, TOPIC, `${i}`.padEnd(KIB))
      world.runUntil(world.nowMs + SECOND_MS)
    }
  }
  const kept = [...world.shelvedBy(one).values()].map(({ author, first }) =>
    `${author === more.identity ? 'more' : 'less'} ${first}`).sort().join(', ')
  const right = 'less 1, less 2, more 3, more 4'
  return kept === right ? null : `it keeps ${kept}, not ${right}`
}

/** The disk of the only reader takes nothing, so that nothing is told as stored. */
function fasterThanOthers (): string | null {
  const world = meshOf(2)
  const [author, reader] = four(world)
  reader.isDiskFull = true
  const bytes = 200 * KIB
  let left = 0
  world.onBulletins.push((node, { kind }) => {
    if (node === author && kind === 'published') left += bytes
  })
  for (let i = 0; i < 60; i++) world.publish(author, TOPIC, ''.padEnd(bytes))
  const { laggingBytesMax, laggingMaxMs, unstoredBytesMax } = BULLETIN_LIMITS
  world.runUntil(world.nowMs + laggingMaxMs - 100)
  if (left > laggingBytesMax + bytes) return `${left} bytes left while a link lacks them all`
  world.runUntil(world.nowMs + 4 * SECOND_MS)
  return left > unstoredBytesMax + bytes ? `${left} bytes left that nobody has stored` : null
}

function fullDisk (): string | null {
  const world = meshOf(2)
  const [author, reader] = four(world)
  const seqs = deliveredTo(world, reader)
  const told: Effect[] = []
  world.onBulletins.push((node, effect) => {
    if (node === author && effect.kind === 'receipt') told.push(effect)
    if (node === reader && effect.kind === 'published') told.push(effect)
  })
  let warned = 0
  world.onNotice.push((node, notice) => {
    if (node === reader && notice.kind === 'warning' && notice.code === 'store-failed') warned++
  })
  reader.isDiskFull = true
  for (let i = 0; i < 3; i++) world.publish(author, TOPIC, `${i}`)
  world.runUntil(world.nowMs + 2 * SECOND_MS)
  if (seqs.join() !== '1,2,3') return `${seqs.join()} was delivered, not 1,2,3`
  world.publish(reader, TOPIC, 'nowhere')
  world.runUntil(world.nowMs + SECOND_MS)
  const [lie] = told
  if (warned !== 1) return `it is told ${warned} times that the disk takes nothing`
  if (lie !== undefined) return `what is not stored is told as ${lie.kind}`
  reader.isDiskFull = false
  world.runUntil(world.nowMs + 15 * SECOND_MS)
  const held = storedCount(world, reader)
  if (held !== 3) return `${held} of 3 are stored when there is room again`
  return seqs.join() === '1,2,3' ? null : `${seqs.join()} was delivered, not 1,2,3`
}

/** Ten times an author publishes while a link greets, over which its reader asks at once. */
function askedWhileWritten (): string | null {
  const world = meshOf(2, { latencyMs: { least: 0.1, spread: 0.1 } })
  const [author, reader] = four(world)
  const watch = new Watch(world)
  new Receipts(world, watch)
  for (let time = 1; time <= 10; time++) {
    world.crash(reader, false)
    world.runUntil(world.nowMs + SECOND_MS)
    world.start(reader)
    const untilMs = world.nowMs + SECOND_MS
    while (author.sides.size === 0 && world.nowMs < untilMs) world.runUntil(world.nowMs + 0.1)
    world.publish(author, TOPIC, `${time}`)
    world.runUntil(world.nowMs + 5 * SECOND_MS)
    if (watch.failure !== null) return watch.failure
    const held = storedCount(world, reader)
    if (held < time) return `after 5 s ${held} of ${time} bulletins are there`
  }
  return null
}

/** One member sees both versions, or one and what follows the other; another is away meanwhile. */
function twoVersions (): string | null {
  return twoVersionsBy('the other version') ?? twoVersionsBy('what follows it')
}

function twoVersionsBy (shown: string): string | null {
  const world = meshOf(4)
  const [one, other, third, away] = four(world)
  const noticed = new Set<SimNode>()
  world.onNotice.push((node, notice) => {
    if (notice.kind === 'warning' && notice.code === 'log-forked') noticed.add(node)
  })
  const peer = new Peer(5_005)
  const [a, b] = [1, 2].map(fill => {
    const author = new Author(peer)
    const contents = [new Uint8Array(9).fill(fill)]
    const [first, ...rest] = [{}, { contents }, {}]
      .map(over => author.sign({ ...secondsNow(world), ...over }).frame)
    return { first, second: rest[0], third: rest[1] }
  })
  for (const node of [one, third, away]) tellAll(world, other, node, [a?.first, a?.second])
  world.runUntil(world.nowMs + SECOND_MS)
  for (const node of [one, other, third]) cutPair(world, node, away)
  world.runUntil(world.nowMs + 5 * SECOND_MS)
  tellAll(world, other, one, [shown === 'what follows it' ? b?.third : b?.second])
  world.runUntil(world.nowMs + 100)
  if (!noticed.has(one)) return `who has one version and sees ${shown} does not notice`
  if (!noticed.has(third)) return 'who has one version is not told'
  world.network.healAll()
  if (awaitFullMesh(world) === null) return 'no mesh forms'
  world.runUntil(world.nowMs + BULLETIN_LIMITS.exchangeEveryMs)
  return noticed.has(away) ? null : 'who was away meanwhile is not told'
}

function tellAll (
  world: World, from: SimNode, to: SimNode, frames: readonly (Frame | undefined)[],
): void {
  for (const frame of frames) if (frame !== undefined) say(world, from, to, frame)
}

/** Of a log that one holds: heads that follow each other, and one that its author never signed. */
function falseAccusation (): string | null {
  for (const kind of ['honest', 'forged'] as const) {
    const world = meshOf(2)
    const [one, teller] = four(world)
    const downs = downsOf(world, one)
    let isNoticed = false
    world.onNotice.push((_, notice) => {
      isNoticed ||= notice.kind === 'warning' && notice.code === 'log-forked'
    })
    const author = new Author(new Peer(5_006))
    const [first, second] = author.signAll(2, secondsNow(world))
    const forged = new Author(author.peer).sign({ contents: [new Uint8Array(3)] })
    if (first === undefined || second === undefined) return 'nothing was signed'
    const { signature } = first
    const other = kind === 'honest' ? second : { ...forged, signature }
    say(world, teller, one, first.frame)
    world.runUntil(world.nowMs + 100)
    say(world, teller, one, evidenceOf(first, other))
    world.runUntil(world.nowMs + 100)
    if (isNoticed) return `an author is called a forger for ${kind} heads`
    if (!downs.includes('protocol')) return `who shows ${kind} heads is not closed`
  }
  return null
}

function manyWants (): string | null {
  const world = meshOf(2)
  const [one, teller] = four(world)
  const downs = downsOf(world, one)
  const ranges = [{ author: one.identity, incarnation: 1, first: 1, last: 9 }]
  for (let id = 0; id <= BULLETIN_LIMITS.wantsServedMax; id++) {
    say(world, teller, one, { type: 'log-want', id, bytesMax: KIB, ranges })
  }
  world.runUntil(world.nowMs + SECOND_MS)
  return downs.includes('protocol') ? null : 'any number of wants is served'
}

function clockGoesBack (): string | null {
  let wallMs = 1e12
  const asked: Event[] = []
  const publications = new Publications({
    hash: bytes => bytes,
    wallMs: () => wallMs,
    me: new Peer(1).id,
    minter: { bits: 0 } as ConstructorParameters<typeof Publications>[0]['minter'],
    post: event => { asked.push(event) },
    schedule: () => null,
    cancel: () => {},
    carriers: () => [],
  })
  for (const byMs of [0, 10 * SECOND_MS, -60 * SECOND_MS]) {
    wallMs += byMs
    void publications.publish(new Uint8Array(32), new Uint8Array(1), {})
  }
  const times = asked.flatMap(event => event.kind === 'publish-asked' ? event.item.timestamp : [])
  const [first = 0, second = 0, third = 0] = times
  return first < second && second <= third ? null : `published at ${times.join()}`
}

function secondsNow (world: World): { atSeconds: number } {
  return { atSeconds: Math.floor(world.nowMs / SECOND_MS) }
}
