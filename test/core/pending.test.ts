import fc from 'fast-check'
import t from 'tap'
import { Pending } from '../../src/core/pending.js'

type Step = { readonly number: number, readonly what: 'set' | 'take' | 'get' }

const stepFrom = fc.record<Step>({
  // Numbers that want the same places, and some far from all others.
  number: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.nat(6).map(n => 16 * (n + 1))),
  what: fc.constantFrom<Step['what'][]>('set', 'set', 'take', 'get'),
})

t.test('a table of what waits is a Map, whatever comes and goes', t => {
  fc.assert(fc.property(fc.array(stepFrom, { maxLength: 300 }), steps => {
    const pending = new Pending<number>()
    const map = new Map<number, number>()
    for (const [i, { number, what }] of steps.entries()) {
      if (what === 'set') {
        pending.set(number, i)
        map.set(number, i)
      } else {
        const found = what === 'take' ? pending.take(number) : pending.get(number)
        if (found !== map.get(number)) return false
        if (what === 'take') map.delete(number)
      }
      if (pending.size !== map.size || pending.has(number) !== map.has(number)) return false
    }
    const left = [...map].sort(([a], [b]) => a - b).map(([, value]) => value)
    const taken = pending.takeAll()
    return pending.size === 0 && taken.join() === left.join()
  }), { numRuns: 500 })
  t.end()
})

t.test('numbers that count up find their places while an old one stays', t => {
  const pending = new Pending<string>()
  pending.set(1, 'old')
  for (let number = 2; number < 20_000; number++) {
    pending.set(number, `${number}`)
    if (number > 102) t.equal(pending.take(number - 100), `${number - 100}`)
  }
  t.equal(pending.get(1), 'old')
  t.equal(pending.size, 102)
  t.end()
})

t.test('a burst of many is taken as quickly as it was put, not each by way of all others', t => {
  const pending = new Pending<number>()
  const count = 300_000
  for (let number = 1; number <= count; number++) pending.set(number, number)
  let wrong = 0
  for (let number = 1; number <= count; number++) if (pending.take(number) !== number) wrong++
  t.equal(wrong, 0)
  t.equal(pending.size, 0)
  t.end()
})
