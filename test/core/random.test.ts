import t from 'tap'
import { Random } from '../../src/core/random.js'

function words (seed: number, count: number): number[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => random.word())
}

t.test('the same seed gives the same numbers, another seed gives others', async t => {
  t.same(words(42, 100), words(42, 100))
  t.notSame(words(42, 100), words(43, 100))
  t.notSame(words(0, 4), [0, 0, 0, 0], 'zero is a seed like any other')
})

t.test('a word is a whole number of 32 bits, and many differ', async t => {
  const some = words(1, 1_000)
  t.ok(some.every(word => Number.isInteger(word) && word >= 0 && word < 2 ** 32))
  t.ok(new Set(some).size > 990)
})

t.test('fractions lie from 0 to below 1 and fill that range', async t => {
  const random = new Random(2)
  const some = Array.from({ length: 2_000 }, () => random.fraction())
  t.ok(some.every(fraction => fraction >= 0 && fraction < 1))
  const mean = some.reduce((sum, fraction) => sum + fraction, 0) / some.length
  t.ok(Math.abs(mean - 0.5) < 0.03, `mean ${mean}`)
})

t.test('below gives every number under its bound and none else', async t => {
  const random = new Random(3)
  const some = new Set(Array.from({ length: 500 }, () => random.below(6)))
  t.same([...some].sort(), [0, 1, 2, 3, 4, 5])
})

t.test('jitter stays within its share, on both sides', async t => {
  const random = new Random(4)
  const some = Array.from({ length: 500 }, () => random.jittered(1_000, 0.2))
  t.ok(some.every(value => value >= 800 && value <= 1_200))
  t.ok(Math.min(...some) < 830)
  t.ok(Math.max(...some) > 1_170)
})

t.test('a sample never takes one twice and leaves its source alone', async t => {
  const random = new Random(5)
  const items = ['a', 'b', 'c', 'd', 'e']
  for (let i = 0; i < 200; i++) {
    const sample = random.sample(items, 3)
    t.equal(sample.length, 3)
    t.equal(new Set(sample).size, 3)
  }
  t.same(items, ['a', 'b', 'c', 'd', 'e'])
})

t.test('a sample of more than there are is all of them, in random order', async t => {
  const random = new Random(6)
  const orders = new Set<string>()
  for (let i = 0; i < 200; i++) {
    const sample = random.sample(['a', 'b', 'c'], 9)
    t.same([...sample].sort(), ['a', 'b', 'c'])
    orders.add(sample.join(''))
  }
  t.equal(orders.size, 6, 'every order occurs')
  t.same(random.sample([], 4), [])
})

t.test('a pick of none is undefined, of one that one', async t => {
  const random = new Random(7)
  t.equal(random.pick([]), undefined)
  t.equal(random.pick(['only']), 'only')
})

t.test('letters are as many as asked for, letters and digits only', async t => {
  t.match(new Random(8).letters(10), /^[A-Za-z0-9]{10}$/)
  t.equal(new Random(8).letters(0), '')
})
