import t from 'tap'
import type { Minter } from '../../src/ports.js'
import { identityToBytes } from '../../src/wire/identity.js'
import { Crew } from '../../src/proof-of-work/crew.js'
import { digestOf, leadingZeroBits, type WorkKind } from '../../src/proof-of-work/hashcash.js'
import { createMinter } from '../../src/proof-of-work/minter.js'
import { AUTHOR, headerFor, itemsOf } from './worlds.js'

const [item] = itemsOf(1, 100)
const HEADER = headerFor(item!)
/** More than anybody finds. */
const HARD_BITS = 200
const never = new AbortController().signal

/** Bits that a digest with this nonce is worth. */
function worth (kind: WorkKind, nonce: number, header = HEADER): number {
  const bytes = Uint8Array.from(header)
  new DataView(bytes.buffer).setUint32(68, nonce)
  return leadingZeroBits(digestOf(kind, bytes, identityToBytes(AUTHOR.id)))
}

function firstWorth (kind: WorkKind, bits: number): number {
  for (let nonce = 0; ; nonce++) if (worth(kind, nonce) >= bits) return nonce
}

function mint (minter: Minter, signal = never): Promise<number> {
  return minter.mint(HEADER, AUTHOR.id, minter.bits, signal)
}

t.test('nothing asked for is paid with nonce 0', async t => {
  const minter = createMinter({ kind: 'sha256', bits: 0 })
  t.equal(await mint(minter), 0)
  await minter.close()
})

t.test('on the main thread and in a worker the first nonce from 0 is found', async t => {
  for (const [kind, bits] of [
    ['sha256', 1], ['sha256', 12], ['sha256', 15], ['tapehash', 6], ['tapehash', 8],
  ] as const) {
    const crew = new Crew({ waitingMax: 8 })
    const minter = createMinter({ kind, bits, crew })
    t.equal(await mint(minter), firstWorth(kind, bits), `${kind} ${bits}`)
    t.equal(crew.size, bits > (kind === 'sha256' ? 14 : 7) ? 1 : 0, 'workers')
    await minter.close()
    t.equal(crew.size, 0)
  }
})

t.test('the nonce in the header does not matter', async t => {
  const minter = createMinter({ kind: 'sha256', bits: 10 })
  const header = Uint8Array.from(HEADER).fill(0xff, 68)
  const nonce = await minter.mint(header, AUTHOR.id, minter.bits, never)
  t.equal(nonce, firstWorth('sha256', 10))
  t.same([...header.subarray(68)], [255, 255, 255, 255], 'it is left as it is')
  await minter.close()
})

t.test('many at once all get their nonce, and share the workers', async t => {
  for (const [bits, workers] of [[11, 0], [15, 2]] as const) {
    const crew = new Crew({ waitingMax: 64, workersMax: 2 })
    const minter = createMinter({ kind: 'sha256', bits, crew })
    const headers = itemsOf(12, 20).map(headerFor)
    const nonces = await Promise.all(headers.map(each =>
      minter.mint(each, AUTHOR.id, minter.bits, never)))
    nonces.forEach((nonce, i) => t.ok(worth('sha256', nonce, headers[i]) >= bits))
    t.equal(crew.size, workers)
    await minter.close()
  }
})

t.test('no mint on the main thread holds it for long', async t => {
  const minter = createMinter({ kind: 'tapehash', bits: 7 })
  const mints = Promise.all(itemsOf(10, 20).map(headerFor)
    .map(header => minter.mint(header, AUTHOR.id, minter.bits, never)))
  const state = { isDone: false }
  const done = mints.then(() => { state.isDone = true })
  const turns: number[] = []
  while (!state.isDone) {
    const beginMs = performance.now()
    await new Promise(resolve => setImmediate(resolve))
    turns.push(performance.now() - beginMs)
  }
  await done
  const middle = turns.sort((a, b) => a - b)[Math.floor(turns.length / 2)] ?? 0
  t.ok(turns.length > 5, `${turns.length} turns`)
  t.ok(middle < 20, `half of them within ${middle.toFixed(1)} ms`)
  await minter.close()
})

t.test('an abort ends the work, under way or waiting, and its worker takes the next', async t => {
  const crew = new Crew({ waitingMax: 8, workersMax: 1 })
  const hard = createMinter({ kind: 'tapehash', bits: HARD_BITS, crew })
  const [first, second] = [new AbortController(), new AbortController()]
  const underWay = new Promise<number>(resolve => {
    const minting = hard.mint(HEADER, AUTHOR.id, hard.bits, first.signal, resolve)
    t.rejects(minting, { message: 'enough' })
  })
  const waiting = mint(hard, second.signal)
  t.ok(await underWay > 0, 'it has begun')
  second.abort(new Error('not any more'))
  await t.rejects(waiting, { message: 'not any more' })
  first.abort(new Error('enough'))
  const easy = createMinter({ kind: 'sha256', bits: 15, crew })
  t.equal(await mint(easy), firstWorth('sha256', 15))
  t.equal(crew.size, 1)
  await t.rejects(mint(hard, AbortSignal.abort(new Error('before'))), { message: 'before' })
  await hard.close()
})

t.test('an abort ends work on the main thread too', async t => {
  const lost = new Crew({ waitingMax: 8, file: new URL('./no-worker.js', import.meta.url) })
  const minter = createMinter({ kind: 'sha256', bits: HARD_BITS, crew: lost })
  const controller = new AbortController()
  await new Promise<number>(resolve => {
    const minting = minter.mint(HEADER, AUTHOR.id, minter.bits, controller.signal, resolve)
    t.rejects(minting, { message: 'enough' })
  })
  const queued = mint(minter, controller.signal)
  controller.abort(new Error('enough'))
  await t.rejects(queued, { message: 'enough' })
  await minter.close()
})

t.test('progress is told about five times a second, and only upwards', async t => {
  const minter = createMinter({ kind: 'sha256', bits: HARD_BITS })
  const controller = new AbortController()
  const told: { tries: number, atMs: number }[] = []
  const minting = minter.mint(HEADER, AUTHOR.id, minter.bits, controller.signal, tries => {
    told.push({ tries, atMs: performance.now() })
    if (told.length === 4) controller.abort()
  })
  await t.rejects(minting, { name: 'AbortError' })
  t.equal(told.length, 4)
  told.slice(1).forEach(({ tries }, i) => t.ok(tries > told[i]!.tries, `${tries} tries`))
  t.ok(told[3]!.atMs - told[0]!.atMs > 400, 'not more often')
  await minter.close()
})

t.test('so many wait for a worker and no more', async t => {
  const crew = new Crew({ waitingMax: 2, workersMax: 1 })
  const minter = createMinter({ kind: 'sha256', bits: HARD_BITS, crew })
  const controller = new AbortController()
  const mints = Array.from({ length: 4 }, () => mint(minter, controller.signal))
  await t.rejects(mints.at(-1)!, { name: 'MintError', code: 'busy' })
  controller.abort()
  for (const minting of mints.slice(0, 3)) await t.rejects(minting, { name: 'AbortError' })
  await minter.close()
})

t.test('so many wait for the main thread and no more', async t => {
  const minter = createMinter({ kind: 'tapehash', bits: 7, waitingMax: 2 })
  const settled = await Promise.allSettled(Array.from({ length: 5 }, () => mint(minter)))
  t.same(settled.map(({ status }) => status), [
    'fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected',
  ])
  t.match(settled.at(-1), { reason: { name: 'MintError', code: 'busy' } })
  await minter.close()
})

t.test('closing ends workers and refuses what is under way, waits, or comes later', async t => {
  for (const file of ['../../src/proof-of-work/worker.js', './no-worker.js']) {
    const options = { waitingMax: 8, workersMax: 1, file: new URL(file, import.meta.url) }
    const crew = new Crew(options)
    const minter = createMinter({ kind: 'tapehash', bits: HARD_BITS, crew })
    const mints = [mint(minter), mint(minter)]
    const closing = minter.close()
    for (const minting of mints) await t.rejects(minting, { name: 'MintError', code: 'closed' })
    await closing
    t.equal(crew.size, 0)
    await t.rejects(mint(minter), { code: 'closed' })
    await minter.close()
  }
})

t.test('without workers the main thread does it', async t => {
  const crew = new Crew({ waitingMax: 8, file: new URL('./no-worker.js', import.meta.url) })
  const minter = createMinter({ kind: 'sha256', bits: 15, crew })
  t.equal(await mint(minter), firstWorth('sha256', 15))
  t.equal(crew.size, 0)
  await minter.close()
})
