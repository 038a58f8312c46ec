import v8 from 'node:v8'
import vm from 'node:vm'
import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import t from 'tap'
import { PackedLevel } from '../../src/store/packed-level.js'
import { LEVEL_ENCODING } from '../../src/store/writer.js'

type Step = { readonly key: string, readonly size: number | null }

const keyFrom = fc.oneof(
  fc.nat(40).map(n => `batch!${'a'.repeat(30)}!${String(n).padStart(4, '0')}`),
  fc.tuple(fc.nat(5), fc.nat(200))
    .map(([log, n]) => `batch!${'abcdef'.charAt(log).repeat(20)}!${String(n).padStart(8, '0')}`),
  fc.string({ unit: fc.constantFrom('a', 'b', '!'), minLength: 1, maxLength: 3 }),
)
const sizeFrom = fc.oneof(
  fc.constant(0), fc.nat(300), fc.nat(20_000), fc.constant(70_000), fc.constant(null),
)

t.test('packed rows are those of memory-level, whatever is put and removed', async t => {
  const steps = fc.array(fc.record<Step>({ key: keyFrom, size: sizeFrom }), { maxLength: 400 })
  await fc.assert(fc.asyncProperty(steps, async steps => {
    const packed = new PackedLevel()
    const plain = new MemoryLevel<string, Uint8Array>(LEVEL_ENCODING)
    let filler = 0
    for (const { key, size } of steps) {
      const value = new Uint8Array(size ?? 0).fill(++filler % 256)
      for (const level of [packed, plain]) {
        if (size === null) await level.del(key)
        else await level.put(key, value)
      }
    }
    const [rows, expected] = await Promise.all([packed.iterator().all(), plain.iterator().all()])
    const isSame = rows.length === expected.length && rows.every(([key, value], i) =>
      key === expected[i]?.[0] && Buffer.from(value).equals(expected[i][1]))
    const middle = expected[expected.length >>> 1]?.[0] ?? 'b'
    for (const range of [{ gt: middle }, { gte: middle, lt: 'c' }, { lte: middle }]) {
      const keys = (await packed.keys(range).all()).join()
      if (keys !== (await plain.keys(range).all()).join()) return false
    }
    const bytes = expected.reduce((sum, [, value]) => sum + value.length, 0)
    return isSame && packed.liveBytes === bytes &&
      Buffer.from(await packed.get(middle) ?? []).equals(await plain.get(middle) ?? Buffer.of())
  }), { numRuns: 60 })
  t.pass()
})

t.test('a view handed out stays as it is', async t => {
  const level = new PackedLevel()
  await level.put('a', new Uint8Array(10_000).fill(1))
  const view = await level.get('a')
  for (let i = 0; i < 100; i++) {
    await level.put('a', new Uint8Array(10_000).fill(2))
    await level.put(`b${i}`, new Uint8Array(3_000).fill(3))
  }
  t.ok(view?.every(byte => byte === 1))
})

t.test('a hundred thousand rows and their topics cost little beside their bytes', async t => {
  const level = new PackedLevel()
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  const value = new Uint8Array(350)
  collect()
  const before = process.memoryUsage()
  for (let i = 0; i < 100_000; i++) {
    const name = `${'abcde'.charAt(i % 5).repeat(52)}!00060000000000!${String(i).padStart(8, '0')}`
    void level._batch([
      { type: 'put', key: `batch!${name}`, value },
      { type: 'put', key: `topic!${'b'.repeat(64)}!${name}`, value: new Uint8Array() },
    ])
  }
  // What the first pass finds dead the second one has given back.
  for (let i = 0; i < 2; i++) {
    collect()
    await new Promise(resolve => { setImmediate(resolve) })
  }
  const after = process.memoryUsage()
  t.equal(level.liveBytes, 35_000_000)
  const kept = after.arrayBuffers - before.arrayBuffers
  t.comment(`heap ${after.heapUsed - before.heapUsed}, values ${kept}`)
  t.ok(kept + after.heapUsed - before.heapUsed < 35_000_000 + 100_000 * 60)
})
