import v8 from 'node:v8'
import vm from 'node:vm'
import t from 'tap'
import { parseHex, toHex, writeHex } from '../../src/wire/hex.js'

t.test('bytes and their digits, of any length', t => {
  for (const length of [0, 1, 8, 31, 32, 33, 64, 100, 1_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 37)
    const text = toHex(bytes)
    t.equal(text, Buffer.from(bytes).toString('hex'))
    t.same(parseHex(text), bytes)
    t.same(parseHex(text.toUpperCase()), bytes)
  }
  t.end()
})

t.test('what is not hex is null', t => {
  for (const text of ['0', '0g', 'g0', '0:', '0@', '0`', '0/', 'é0', '00 ', '0x00']) {
    t.equal(parseHex(text), null, text)
  }
  t.end()
})

t.test('digits are written where they belong, and nowhere else', t => {
  const bytes = new Uint8Array(6).fill(9)
  t.ok(writeHex('00ffA0', bytes, 2))
  t.same([...bytes], [9, 9, 0, 255, 160, 9])
  t.ok(writeHex('', bytes, 6))
  t.notOk(writeHex('0g', bytes, 0))
  t.equal(bytes[0], 9)
  t.end()
})

t.test('a text of a hash takes its digits and little more', t => {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  const hash = new Uint8Array(32)
  const texts: string[] = []
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 20_000; i++) {
    hash[i % 32] = i
    texts.push(toHex(hash))
  }
  collect()
  const each = (process.memoryUsage().heapUsed - before) / texts.length
  t.ok(each < 200, `${Math.round(each)} bytes each`)
  t.end()
})
