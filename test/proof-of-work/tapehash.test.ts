import { readFileSync } from 'node:fs'
import t from 'tap'
import { runOpcode, tapehash1, tapehash2 } from '../../src/proof-of-work/tapehash.js'

interface Oracle {
  opcodes_on_tape_000102: Record<string, number>
  tapehash1: { preimage_utf8?: string, preimage_hex?: string, code_size: number, hex: string }[]
  tapehash2: { preimage_utf8: string, multiplier: number, hex: string }[]
}

const oracle = JSON.parse(
  readFileSync(new URL('../fixtures/oracles/tapehash.json', import.meta.url), 'utf8'),
) as Oracle

t.test('every opcode does to a byte what the second seed says', async t => {
  const rows = Object.entries(oracle.opcodes_on_tape_000102)
  t.equal(rows.length, 15)
  for (const [name, result] of rows) {
    const [opcode = NaN, pointer = NaN] = name.split('@').map(Number)
    const tape = Uint8Array.of(0, 1, 2)
    t.equal(runOpcode(opcode, tape, pointer), result, name)
    t.same([...tape], [0, 1, 2], 'the tape is left as it is')
  }
  t.equal(runOpcode(0, Uint8Array.of(7), 0), 7)
  t.equal(runOpcode(1, Uint8Array.of(255), 0), 0)
  t.equal(runOpcode(7, Uint8Array.of(255), 0), 1)
})

t.test('a long tape is rotated like a short one', async t => {
  const tape = Uint8Array.from({ length: 200 }, (_, i) => i)
  const turned = Uint8Array.from({ length: 200 }, (_, i) => (i + 77) % 200)
  for (let opcode = 10; opcode < 16; opcode++) {
    t.equal(runOpcode(opcode, tape, 77), runOpcode(opcode, turned, 0), `${opcode}`)
  }
})

t.test('opcodes and pointers that are none are errors', async t => {
  const tape = new Uint8Array(3)
  for (const [opcode, pointer] of [[-1, 0], [16, 0], [1.5, 0], [1, -1], [1, 3]] as const) {
    t.throws(() => runOpcode(opcode, tape, pointer), RangeError, `${opcode}@${pointer}`)
  }
  t.throws(() => tapehash1(tape, 0), RangeError)
  t.throws(() => tapehash2(tape, 0), RangeError)
  t.throws(() => tapehash2(tape, 65_537), RangeError)
})

t.test('tapehash1 and tapehash2 give the digests of the second seed', async t => {
  t.equal(oracle.tapehash1.length, 4)
  for (const { preimage_utf8, preimage_hex, code_size, hex } of oracle.tapehash1) {
    const preimage = preimage_utf8 === undefined
      ? Buffer.from(preimage_hex ?? '', 'hex')
      : Buffer.from(preimage_utf8)
    t.equal(Buffer.from(tapehash1(preimage, code_size)).toString('hex'), hex)
  }
  t.equal(oracle.tapehash2.length, 1)
  for (const { preimage_utf8, multiplier, hex } of oracle.tapehash2) {
    const digest = tapehash2(Buffer.from(preimage_utf8), multiplier)
    t.equal(Buffer.from(digest).toString('hex'), hex)
  }
})

t.test('lengths left out are those of the second seed, and the digest depends on them', async t => {
  const preimage = Buffer.from('hello world')
  t.same(tapehash1(preimage), tapehash1(preimage, 1_024))
  t.notSame(tapehash1(preimage, 64), tapehash1(preimage, 65))
  const [small, large] = [tapehash2(preimage, 2), tapehash2(preimage)]
  t.notSame(small, large)
  t.same(large, tapehash2(preimage, 32_768))
  t.equal(large.length, 32)
})
