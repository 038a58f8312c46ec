import t from 'tap'
import {
  BatchFileReader, encodeFileEnd, encodeFileHead, encodeFilePart, type FileFault,
} from '../../src/wire/batch-file.js'
import { toHex } from '../../src/wire/hex.js'

const NETWORK = new Uint8Array(32).fill(7)
const BATCHES = [1, 200, 3].map(length => Uint8Array.from({ length }, (_, i) => i + length))

function joined (parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap(part => [...part]))
}

function fileOf (batches: readonly Uint8Array[]): Uint8Array {
  return joined([
    encodeFileHead(NETWORK), ...batches.map(encodeFilePart), encodeFileEnd(batches.length),
  ])
}

/** What a reader makes of chunks. */
function read (
  chunks: readonly Uint8Array[], network = NETWORK,
): { batches: Uint8Array[], fault: FileFault | null } {
  const reader = new BatchFileReader(network)
  const batches: Uint8Array[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let next = reader.next(); next !== null; next = reader.next()) {
      if (!(next instanceof Uint8Array)) return { batches, fault: next }
      batches.push(next)
    }
  }
  return { batches, fault: reader.end() }
}

t.test('a file is laid out as documented', async t => {
  const head = toHex(new TextEncoder().encode('p2p-gossip batches\n'))
  t.equal(toHex(fileOf([new Uint8Array([9, 8])])),
    `${head}01${'07'.repeat(32)}${'000000020908'}${'00000000'}${'00000001'}`)
})

t.test('batches come back however the file is cut', async t => {
  const file = fileOf(BATCHES)
  for (const size of [1, 2, 3, 7, 50, file.length]) {
    const chunks = Array.from({ length: Math.ceil(file.length / size) }, (_, i) =>
      file.subarray(i * size, (i + 1) * size))
    t.same(read(chunks), { batches: BATCHES, fault: null }, `chunks of ${size}`)
  }
  t.same(read([fileOf([])]), { batches: [], fault: null })
})

t.test('no beginning of a file is taken for a whole one', async t => {
  const file = fileOf(BATCHES)
  for (let length = 0; length < file.length; length++) {
    const { batches, fault } = read([file.subarray(0, length)])
    t.same(fault, { kind: 'damaged', why: 'it ends early' }, `${length} bytes`)
    t.same(batches, BATCHES.slice(0, batches.length))
  }
})

t.test('a file of something else, of another version or network is foreign', async t => {
  const file = fileOf(BATCHES)
  const foreign = (why: string): object => ({ batches: [], fault: { kind: 'foreign', why } })
  t.same(read([file.with(0, 0)]), foreign('it is no file of batches'))
  t.same(read([file.with(19, 2)]), foreign('it is of another version'))
  t.same(read([file], new Uint8Array(32)), foreign('it is of another network'))
})

t.test('a wrong count, a batch too long and bytes after the end are damage', async t => {
  const head = encodeFileHead(NETWORK)
  const damaged = (why: string): FileFault => ({ kind: 'damaged', why })
  t.same(read([head, encodeFilePart(new Uint8Array(3)), encodeFileEnd(2)]).fault,
    damaged('batches are missing'))
  t.same(read([head, new Uint8Array([0, 0x20, 0, 0])]).fault, damaged('a batch is too long'))
  t.same(read([fileOf([]), new Uint8Array(1)]).fault, damaged('bytes after the end'))
})
