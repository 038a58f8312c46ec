import t from 'tap'
import { HeldList, type Held, type HeldFacts } from '../../../src/core/bulletins/held.js'
import { Random } from '../../../src/core/random.js'

function held (first: number, count = 1, over: Partial<Held> = {}): Held {
  const hash = (salt: number): string => (first * 31 + salt).toString(16).padStart(64, '0')
  return {
    first, count, bytes: 100 + first, newest: 5 + first, headHash: hash(1), previous: hash(2),
    giver: first % 5,
    ...over,
  }
}

function facts ({ first, count, bytes, newest }: Held): HeldFacts {
  return { first, count, bytes, newest }
}

t.test('it holds what was put and not removed, in whatever order that came', t => {
  const random = new Random(7)
  for (let round = 0; round < 20; round++) {
    const list = new HeldList()
    const model = new Map<number, Held>()
    // Every third position is free: batches of one and of two, which never overlap.
    for (let step = 0; step < 900; step++) {
      const first = 3 * random.below(round < 10 ? 40 : 700) + 1
      const known = model.get(first)
      if (known === undefined) {
        const over = random.below(4) === 0 ? { previous: '' } : {}
        const fresh = held(first, 1 + random.below(2), over)
        list.insert(fresh)
        model.set(first, fresh)
      } else if (random.below(3) === 0) {
        if (!list.remove(known)) t.fail(`${first} was not removed`)
        model.delete(first)
      }
    }
    const expected = [...model.values()].sort((a, b) => a.first - b.first)
    t.same([...list], expected.map(facts))
    t.equal(list.length, expected.length)
    t.same([list.first, list.last], [expected[0], expected.at(-1)].map(one => one && facts(one)))
    const lasts = expected.map(one => one.first + one.count - 1)
    t.same(expected.map(({ first }) => list.at(first)), expected.map(facts))
    t.same(lasts.map(last => list.at(last)), expected.map(facts))
    t.same(lasts.map(last => list.headHashAt(last)), expected.map(({ headHash }) => headHash))
    t.same(lasts.map(last => list.giverAt(last)), expected.map(({ giver }) => giver))
    t.same(lasts.map(last => list.previousAt(last)), expected.map(({ previous }) => previous))
    t.same(expected.filter(({ first }) => list.at(first + 2) !== undefined), [], 'none between')
    const middle = 3 * random.below(700)
    t.same([...list.from(middle)],
      expected.filter(one => one.first + one.count > middle).map(facts))
    t.same(list.filter(newest => newest < middle),
      expected.filter(({ newest }) => newest < middle).map(facts))
  }
  t.end()
})

t.test('what is not there is neither found nor removed', t => {
  const list = new HeldList()
  t.same([list.first, list.last, list.at(1), list.headHashAt(1), list.previousAt(1)],
    [undefined, undefined, undefined, '', ''])
  t.equal(list.remove(held(1)), false)
  list.insert(held(5, 3))
  t.equal(list.remove(held(5, 2)), false)
  t.equal(list.remove(held(6, 2)), false)
  t.equal(list.at(8), undefined)
  t.equal(list.remove(held(5, 3)), true)
  t.equal(list.length, 0)
  t.end()
})
