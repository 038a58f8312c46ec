import t from 'tap'
import {
  Slab, u16At, u32At, u53At, viewOf, widened, writeU16, writeU32, writeU53,
} from '../../src/wire/bytes.js'

const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x8000, 0xffff]
const LONG = [0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

t.test('numbers are those that a view reads and writes', t => {
  const chunk = new Uint8Array(32)
  const bytes = chunk.subarray(3, 27)
  const view = viewOf(bytes)
  for (const value of NUMBERS) {
    writeU16(bytes, 1, value)
    t.equal(view.getUint16(1), value)
    t.equal(u16At(bytes, 1), value)
  }
  for (const value of [...NUMBERS, ...LONG]) {
    writeU32(bytes, 5, value)
    t.equal(view.getUint32(5), value)
    t.equal(u32At(bytes, 5), value)
  }
  for (const value of [...NUMBERS, ...LONG, 0x1_0000_0000, Number.MAX_SAFE_INTEGER]) {
    writeU53(bytes, 11, value)
    t.equal(view.getBigUint64(11), BigInt(value))
    t.equal(u53At(bytes, 11), value)
  }
  view.setBigUint64(11, BigInt(Number.MAX_SAFE_INTEGER) + 1n)
  t.equal(u53At(bytes, 11), -1)
  t.end()
})

t.test('a number that does not fit is a bug, not cut off', t => {
  const bytes = new Uint8Array(8)
  for (const value of [-1, 0.5, NaN, 0x1_0000]) t.throws(() => { writeU16(bytes, 0, value) })
  for (const value of [-1, 0.5, NaN, 0x1_0000_0000]) t.throws(() => { writeU32(bytes, 0, value) })
  for (const value of [-1, 0.5, 2 ** 53]) t.throws(() => { writeU53(bytes, 0, value) })
  t.same(bytes, new Uint8Array(8))
  t.end()
})

t.test('pieces of a slab share memory and overlap nowhere', t => {
  const slab = new Slab()
  const pieces = Array.from({ length: 200 }, (_, i) => slab.take(i + 1))
  t.ok(pieces.every(piece => piece.every(byte => byte === 0)))
  pieces.forEach((piece, i) => { piece.fill(i) })
  t.ok(pieces.every((piece, i) => piece.length === i + 1 && piece.every(byte => byte === i)))
  t.ok(new Set(pieces.map(({ buffer }) => buffer)).size < 3)
  const large = slab.take(4_097)
  t.equal(large.buffer.byteLength, 4_097, 'a large one has memory of its own')
  t.end()
})

t.test('a piece with room in front is nobody else\'s memory to widen', t => {
  const slab = new Slab()
  const before = slab.take(40).fill(1)
  const piece = slab.takeRoomy(100, 60)
  t.equal(piece.byteOffset, 100)
  t.equal(widened(piece, 20), null)
  t.ok(before.every(byte => byte === 1))
  const large = slab.takeRoomy(20_000, 60)
  t.equal(large.byteOffset, 60)
  t.equal(widened(large, 20)?.length, 20_020, 'a large one is widened as ever')
  t.end()
})
