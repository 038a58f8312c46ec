/** docs/protocol.md against the code: its golden vectors, its tags and its codes. */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { REFUSE_CODES, TAG, type Frame } from '../../src/wire/frame.js'
import { identityFromHash } from '../../src/wire/identity.js'
import { FrameReader } from '../../src/wire/reader.js'
import {
  decodeRecord, encodeRecord, signedBytes, type MemberRecord,
} from '../../src/wire/record.js'
import { fromHex, toHex } from './sample-frames.js'

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

/** A value as the document writes it: byte strings as `hex:…`. */
function revive (json: string): unknown {
  return JSON.parse(json, (_, value: unknown) => (
    typeof value === 'string' && value.startsWith('hex:') ? fromHex(value.slice(4)) : value
  ))
}

function keyOf ({ publicKey }: MemberRecord): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
}

function block (info: string): string {
  const found = new RegExp(`^\`\`\`${info}\\n([^\`]*)\`\`\`$`, 'm').exec(text)
  if (found === null) throw new Error(`docs/protocol.md has no block ${info}`)
  return found[1] ?? ''
}

const vectors = [...text.matchAll(/^```json frame (\S+)\n([^`]*)```\n\n```hex\n([^`]*)```$/gm)]
  .map(([, name = '', json = '', hex = '']) => (
    { name, frame: revive(json) as Frame, bytes: fromHex(hex) }
  ))

t.test('there is a vector for every kind of frame', async t => {
  t.same(new Set(vectors.map(({ frame }) => frame.type)), new Set(Object.keys(TAG)))
  t.equal(vectors.length, text.match(/^```json frame /gm)?.length)
})

t.test('each vector is decoded into its frame and encoded into its bytes', async t => {
  for (const { name, frame, bytes } of vectors) {
    t.strictSame(decodeFrame(bytes[4]!, bytes.subarray(5)), frame, name)
    t.equal(toHex(encodeFrame(frame)), toHex(bytes), name)
  }
})

t.test('the vectors one after the other are read as a stream', async t => {
  const reader = new FrameReader(16_384)
  reader.push(Buffer.concat(vectors.map(({ bytes }) => bytes)))
  for (const { name, frame } of vectors) t.strictSame(reader.next(), frame, name)
  t.equal(reader.next(), null)
})

t.test('the record is encoded, signed and named as the document says', async t => {
  const record = revive(block('json record')) as MemberRecord
  const body = fromHex(block('hex record-body'))
  const signed = fromHex(block('hex signed-bytes'))
  t.equal(toHex(encodeRecord(record)), toHex(body))
  t.strictSame(decodeRecord(body), record)
  const network = createHash('sha256').update('p2p-gossip').digest()
  t.equal(toHex(signedBytes('record', network, body)), toHex(signed))
  const key = keyOf(record)
  t.ok(verify(null, signed, key, fromHex(block('hex signature'))), 'its signature')
  const identity = identityFromHash(createHash('sha256').update(record.publicKey).digest())
  t.ok(text.includes(`\`${identity}\``), 'its identity')
})

t.test('the records within frames are signed by their authors', async t => {
  const network = createHash('sha256').update('p2p-gossip').digest()
  let count = 0
  for (const { name, frame } of vectors) {
    const records = 'record' in frame && frame.record !== null
      ? [frame.record]
      : frame.type === 'records' ? frame.entries.map(({ record }) => record) : []
    for (const { body, signature } of records) {
      const record = decodeRecord(body)
      if ('code' in record) {
        t.fail(`${name}: ${record.message}`)
        continue
      }
      const key = keyOf(record)
      t.ok(verify(null, signedBytes('record', network, body), key, signature), name)
      count++
    }
  }
  t.equal(count, 4)
})

t.test('the table of tags is the table of tags', async t => {
  const rows = [...text.matchAll(/^\| (\d+) \| ([\w-]+) \|/gm)]
    .map(([, tag, name]) => [name, Number(tag)])
  t.same(Object.fromEntries(rows), TAG)
})

t.test('every code of a refuse is described', async t => {
  for (const code of REFUSE_CODES) t.match(text, new RegExp(`^\\|.*\`${code}\`.*\\|`, 'm'), code)
})
