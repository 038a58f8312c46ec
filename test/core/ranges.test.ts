/** Ranges against the plainest model there is: a Set of numbers. */
import { deepStrictEqual, ok } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { Ranges, type Range } from '../../src/core/bulletins/ranges.js'

const runs = Number(process.env['FC_RUNS'] ?? 5_000)
const seed = Number(process.env['FC_SEED'] ?? 20_261_121)
const path = process.env['FC_PATH']
const HIGHEST = 40

function positions (first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}

/** Ranges as they must be told: sorted, neither overlapping nor touching. */
function rangesOf (model: ReadonlySet<number>): Range[] {
  const ranges: Range[] = []
  for (const position of [...model].sort((a, b) => a - b)) {
    const before = ranges.at(-1)
    if (before?.last === position - 1) ranges.splice(-1, 1, { ...before, last: position })
    else ranges.push({ first: position, last: position })
  }
  return ranges
}

function agree (ranges: Ranges, model: ReadonlySet<number>): void {
  deepStrictEqual(ranges.list(), rangesOf(model))
  deepStrictEqual(ranges.last, model.size === 0 ? 0 : Math.max(...model))
  deepStrictEqual(ranges.first, Math.min(...model))
  deepStrictEqual(ranges.isEmpty, model.size === 0)
}

/** What is asked about `first` to `last`. */
function agreeOn (ranges: Ranges, model: ReadonlySet<number>, { first, last }: Range): void {
  const all = positions(first, last)
  deepStrictEqual(ranges.has(first), model.has(first))
  deepStrictEqual(ranges.covers(first, last), all.every(position => model.has(position)))
  deepStrictEqual(ranges.touches(first, last), all.some(position => model.has(position)))
  const missing = new Set(all.filter(position => !model.has(position)))
  deepStrictEqual(ranges.missing(first, last), rangesOf(missing))
  let end = first - 1
  while (model.has(end + 1)) end++
  deepStrictEqual(ranges.runFrom(first), end)
}

/** Some have their ends the wrong way round: no positions at all. */
const range: fc.Arbitrary<Range> = fc.record({
  first: fc.integer({ min: 1, max: HIGHEST }),
  last: fc.integer({ min: 0, max: HIGHEST }),
}, { noNullPrototype: true })
const short = fc.tuple(fc.integer({ min: 1, max: HIGHEST }), fc.nat({ max: 3 }))
  .map(([first, more]) => ({ first, last: first + more }))
const step = fc.record({
  removes: fc.boolean(), range: fc.oneof(range, short), question: fc.oneof(range, short),
})

t.test('whatever is added and removed, they tell what a set would', async () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), steps => {
    const ranges = new Ranges()
    const model = new Set<number>()
    agree(ranges, model)
    for (const { removes, range: { first, last }, question } of steps) {
      if (removes) ranges.remove(first, last)
      else ranges.add(first, last)
      for (const position of positions(first, last)) {
        if (removes) model.delete(position)
        else model.add(position)
      }
      agree(ranges, model)
      agreeOn(ranges, model, question)
    }
  }), { numRuns: runs, seed, ...path === undefined ? {} : { path } })
})

t.test('every question about every set of six positions', async () => {
  for (let bits = 0; bits < 64; bits++) {
    const model = new Set(positions(1, 6).filter(position => (bits >> (position - 1) & 1) === 1))
    const ranges = new Ranges([...model].map(position => ({ first: position, last: position })))
    agree(ranges, model)
    for (let first = 1; first <= 8; first++) {
      for (let last = 0; last <= 8; last++) agreeOn(ranges, model, { first, last })
    }
  }
})

t.test('every addition to and removal from every set of six positions', async () => {
  for (let bits = 0; bits < 64; bits++) {
    const model = new Set(positions(1, 6).filter(position => (bits >> (position - 1) & 1) === 1))
    for (let first = 1; first <= 7; first++) {
      for (let last = 0; last <= 8; last++) {
        const more = new Ranges(rangesOf(model))
        more.add(first, last)
        agree(more, new Set([...model, ...positions(first, last)]))
        const less = new Ranges(rangesOf(model))
        less.remove(first, last)
        agree(less, new Set([...model].filter(some => some < first || some > last)))
      }
    }
  }
})

t.test('positions up to the end of a u32', async t => {
  const ranges = new Ranges([{ first: 0xffff_fffe, last: 0xffff_ffff }, { first: 1, last: 1 }])
  t.same(ranges.missing(1, 0xffff_ffff), [{ first: 2, last: 0xffff_fffd }])
  t.equal(ranges.last, 0xffff_ffff)
  ranges.add(2, 0xffff_fffd)
  t.same(ranges.list(), [{ first: 1, last: 0xffff_ffff }])
})

t.test('what was told before is not changed by what comes after', async () => {
  const ranges = new Ranges([{ first: 3, last: 5 }])
  const [told] = ranges.list()
  ranges.add(6, 9)
  ranges.remove(4, 4)
  deepStrictEqual(told, { first: 3, last: 5 })
  ok(ranges.covers(5, 9))
})
