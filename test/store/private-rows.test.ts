import t from 'tap'
import {
  decodeCodes, decodeContactRow, decodeLetterRow, encodeCodes, encodeContactRow, encodeLetterRow,
} from '../../src/store/private-rows.js'
import { contact, letter } from '../contract/store.js'

t.test('a contact cut, or with a byte too many, is damaged', async t => {
  const row = encodeContactRow(contact('alice'))
  t.strictSame(decodeContactRow(row), contact('alice'))
  for (let length = 0; length < row.length; length++) {
    t.equal(decodeContactRow(row.subarray(0, length)), null, `${length} bytes`)
  }
  t.equal(decodeContactRow(Uint8Array.of(...row, 0)), null)
  t.equal(decodeContactRow(Uint8Array.of(2, ...row.subarray(1))), null)
  t.equal(decodeContactRow(encodeContactRow(contact(''))), null, 'without a name')
  const odd = { ...contact('alice'), secretKey: new Uint8Array(31) }
  t.equal(decodeContactRow(encodeContactRow(odd)), null, 'a key of 31 bytes')
})

t.test('a letter without its head is damaged; all after it is its content', async t => {
  const row = encodeLetterRow(letter(3))
  t.strictSame(decodeLetterRow(3, row), letter(3))
  for (let length = 0; length < row.length - 3; length++) {
    t.equal(decodeLetterRow(3, row.subarray(0, length)), null, `${length} bytes`)
  }
  t.equal(decodeLetterRow(3, Uint8Array.of(9, ...row.subarray(1))), null)
})

t.test('codes: the first is the present one, and the row of the first version is read', async t => {
  const first = { code: new Uint8Array(8).fill(1), drawnMs: 5, leftMs: null }
  const former = { code: new Uint8Array(8).fill(2), drawnMs: 4, leftMs: 5 }
  t.strictSame(decodeCodes(encodeCodes([first, former])), [first, former])
  t.equal(decodeCodes(encodeCodes([former, first])), null)
  t.equal(decodeCodes(encodeCodes([first, first])), null, 'two present ones')
  t.equal(decodeCodes(encodeCodes([first]).subarray(1)), null)
  t.equal(decodeCodes(new Uint8Array(0)), null)
  t.strictSame(decodeCodes(new Uint8Array(8).fill(3)),
    [{ code: new Uint8Array(8).fill(3), drawnMs: 0, leftMs: null }])
})
