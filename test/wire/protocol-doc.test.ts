/** docs/protocol.md against the code: its golden vectors, its tags and its codes. */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  decodeBatch, decodeBatchHead, encodeBatchHead, joinBatch, type BatchHead, type SignedHead,
} from '../../src/wire/batch.js'
import {
  decodeItems, encodeItems, HEADER_BYTES, headerOf, workPreimage, type Item,
} from '../../src/wire/bulletin.js'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { REFUSE_CODES, TAG, type Frame } from '../../src/wire/frame.js'
import { identityFromHash, identityToBytes } from '../../src/wire/identity.js'
import { inboxTopic } from '../../src/wire/inbox.js'
import { encodeLogRows } from '../../src/wire/log-frames.js'
import { decodeLinkTable, encodeLinkTable, type LinkTable } from '../../src/wire/link-table.js'
import { FrameReader } from '../../src/wire/reader.js'
import {
  decodePrivate, encodePrivate, hintOf, joinGreeting, type Private,
} from '../../src/wire/private.js'
import {
  decodeRecord, encodeRecord, signedBytes, type MemberRecord,
} from '../../src/wire/record.js'
import { decodePingBody, encodePingBody, type PingBody } from '../../src/wire/relay-ping.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { digestOf } from '../../src/proof-of-work/hashcash.js'
import { fromHex, toHex } from './sample-frames.js'

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

/** A value as the document writes it: byte strings as `hex:…`. */
function revive (json: string): unknown {
  return JSON.parse(json, (_, value: unknown) => (
    typeof value === 'string' && value.startsWith('hex:') ? fromHex(value.slice(4)) : value
  ))
}

function sha256 (bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

function keyOf ({ publicKey }: MemberRecord | BatchHead): KeyObject {
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

t.test('topic, content id and work of a bulletin are as the document says', async t => {
  const [item] = revive(block('json batch-items')) as Item[]
  const { publicKey } = revive(block('json batch-head')) as BatchHead
  if (item === undefined) throw new Error('docs/protocol.md has no item')
  t.equal(toHex(item.topic), toHex(sha256('node beacon channel')))
  t.equal(toHex(item.content), toHex(Buffer.from('hello world')))
  t.ok(text.includes(`\`${toHex(item.topic)}\``), 'the topic')
  const contentId = sha256(item.content)
  t.ok(text.includes(`\`${toHex(contentId)}\``), 'the content id')
  const author = identityFromHash(sha256(publicKey))
  const inbox = inboxTopic(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), author, sha256)
  t.ok(text.includes(`\`${toHex(inbox)}\``), 'the inbox')
  const workOf = (nonce: number) => (
    workPreimage(headerOf({ ...item, nonce }, contentId), identityToBytes(author))
  )
  t.equal(toHex(workOf(item.nonce)), toHex(fromHex(block('hex work-preimage'))))
  t.equal(toHex(sha256(workOf(item.nonce))), toHex(fromHex(block('hex work-digest'))))
  const suffices = (nonce: number) => /^000/.test(toHex(sha256(workOf(nonce))))
  let nonce = 0
  while (!suffices(nonce)) nonce++
  t.equal(nonce, item.nonce, 'the first that gives 12 bits')
})

t.test('sealed boxes, private messages and greetings are as the document says', async t => {
  const source = createSealer()
  const pairFrom = (first: number) =>
    source.pairOf(Uint8Array.from({ length: 32 }, (_, i) => first + i))
  const [recipient, asker] = [pairFrom(0x20), pairFrom(0x40)]
  const sealer = createSealer(() => pairFrom(0))
  t.equal(sealer.exportKey(recipient.publicKey), block('pem exchange-key'))
  const plains = new Map<string, Uint8Array>()
  for (const [, name = '', json = '', hex = ''] of text
    .matchAll(/^```json private (\S+)\n([^`]*)```\n\n```hex\n([^`]*)```$/gm)) {
    const told = revive(json) as Private
    t.equal(told.kind, name)
    t.equal(toHex(encodePrivate(told)), toHex(fromHex(hex)), name)
    t.strictSame(decodePrivate(fromHex(hex)), told, name)
    plains.set(name, fromHex(hex))
  }
  t.equal(plains.size, 4)
  const sealed = (name: string, key: Uint8Array) => sealer.seal(plains.get(name)!, key)!
  t.equal(toHex(sealed('text', recipient.publicKey)), toHex(fromHex(block('hex sealed-box'))))
  const greeting = joinGreeting(
    hintOf(recipient.publicKey, sha256), sealed('greeting', recipient.publicKey),
  )
  t.equal(toHex(greeting), toHex(fromHex(block('hex greeting-body'))))
  const answer = sealed('greeting-answer', asker.publicKey)
  t.equal(toHex(answer), toHex(fromHex(block('hex greeting-answer-body'))))
  t.ok(text.includes(`a greeting, ${greeting.length} bytes`))
  t.ok(text.includes(`its answer, ${answer.length} bytes`))
})

t.test('tapehash is as the document says', async t => {
  const preimage = fromHex(block('hex work-preimage'))
  const [header, author] = [preimage.subarray(0, HEADER_BYTES), preimage.subarray(HEADER_BYTES)]
  const digest = digestOf('tapehash', header, author)
  t.equal(toHex(digest), toHex(fromHex(block('hex tapehash-digest'))))
  t.equal(toHex(digest), toHex(tapehashOf(preimage)), 'done anew from its words')
})

/** From the document alone. */
function tapehashOf (preimage: Uint8Array): Uint8Array {
  const of = (algorithm: string, bytes: Uint8Array, outputLength?: number): Buffer =>
    createHash(algorithm, outputLength === undefined ? {} : { outputLength }).update(bytes).digest()
  const tape = of('blake2b512', preimage)
  for (const instruction of of('shake256', preimage, 64)) {
    for (const pointer of [0, 16, 32, 48].map(step => step + instruction % 16)) {
      const b = tape[pointer] ?? 0
      const turned = Buffer.concat([tape.subarray(pointer), tape.subarray(0, pointer)])
      const results = [
        b, b + 1, b - 1, Math.floor(b / 2), b * 2, 255 - b, b * 2, b * b, Math.floor(b / 2),
        b % 16 * 16 + Math.floor(b / 16), of('sha256', turned)[b % 32], of('md5', turned)[b % 16],
        of('shake128', turned, 256)[b], of('sha3-256', turned)[b % 32],
        of('sha3-512', turned)[b % 64], of('blake2s256', turned)[b % 32],
      ]
      tape[pointer] = results[Math.floor(instruction / 16)] ?? 0
    }
  }
  return of('sha256', tape)
}

t.test('a batch is made, signed and taken apart as the document says', async t => {
  const items = revive(block('json batch-items')) as Item[]
  const head = revive(block('json batch-head')) as BatchHead
  const itemsBytes = fromHex(block('hex batch-items'))
  const headBytes = fromHex(block('hex batch-head'))
  const signed = fromHex(block('hex batch-signed-bytes'))
  const signature = fromHex(block('hex batch-signature'))
  t.equal(toHex(encodeItems(items)), toHex(itemsBytes))
  t.strictSame(decodeItems(itemsBytes, items.length), items)
  t.equal(toHex(head.itemsHash), toHex(sha256(itemsBytes)))
  t.equal(toHex(encodeBatchHead(head)), toHex(headBytes))
  t.strictSame(decodeBatchHead(headBytes), head)
  t.equal(toHex(signedBytes('batch', sha256('p2p-gossip'), headBytes)), toHex(signed))
  t.ok(verify(null, signed, keyOf(head), signature), 'its signature')
  const first = vectors.find(({ name }) => name === 'batch')?.frame
  const batch = joinBatch(headBytes, signature, itemsBytes)
  t.strictSame(first, { type: 'batch', hops: 0, batch })
})

t.test('the heads within frames are signed, and joined to those before them', async t => {
  const heads = vectors.flatMap(({ frame }): SignedHead[] => {
    if (frame.type === 'evidence') return [frame.one, frame.other]
    if (frame.type !== 'batch') return []
    const batch = decodeBatch(frame.batch)
    return isRefusal(batch) ? [] : [batch]
  })
  t.equal(heads.length, 4)
  const [first] = heads
  for (const { headBytes, signature } of heads) {
    const head = decodeBatchHead(headBytes)
    if (head === null || first === undefined) throw new Error('docs/protocol.md has no heads')
    const signed = signedBytes('batch', sha256('p2p-gossip'), headBytes)
    t.ok(verify(null, signed, keyOf(head), signature), 'its signature')
    const previous = head.first === 1 ? new Uint8Array(32) : sha256(first.headBytes)
    t.equal(toHex(head.previous), toHex(previous))
  }
})

t.test('the root of the logs is over the rows beside it', async t => {
  const digests = vectors.flatMap(({ frame }) => frame.type === 'log-digest' ? [frame] : [])
  t.equal(digests.length, 2)
  const rows = digests.flatMap(({ rows }) => rows ?? [])
  t.same(rows.map(({ author }) => author), rows.map(({ author }) => author).sort())
  for (const { root } of digests) t.equal(toHex(root), toHex(sha256(encodeLogRows(rows))))
})

t.test('tables and relayed pings are encoded and signed as the document says', async t => {
  const record = revive(block('json record')) as MemberRecord
  const author = identityFromHash(sha256(record.publicKey))
  const frameOf = (name: string) => vectors.find(vector => vector.name === name)?.frame
  const [tableFrame, pingFrame] = [frameOf('link-table'), frameOf('relay-ping')]
  if (tableFrame?.type !== 'link-table' || pingFrame?.type !== 'relay-ping') {
    throw new Error('docs/protocol.md has no such frames')
  }
  const table = revive(block('json link-table')) as LinkTable
  t.equal(toHex(encodeLinkTable(table)), toHex(tableFrame.table.body))
  t.strictSame(decodeLinkTable(tableFrame.table.body), table)
  const ping = revive(block('json relay-ping')) as PingBody
  t.equal(toHex(encodePingBody(ping)), toHex(pingFrame.ping.body))
  t.strictSame(decodePingBody(pingFrame.ping.body), ping)
  t.same([table.owner, ping.origin], [author, author])
  for (const [kind, { body, signature }] of [
    ['link-table', tableFrame.table], ['relay-ping', pingFrame.ping],
  ] as const) {
    const signed = signedBytes(kind, sha256('p2p-gossip'), body)
    t.ok(verify(null, signed, keyOf(record), signature), kind)
  }
})

t.test('the hash of a digest is over its rows, smaller identities first', async t => {
  const rowsOf = (frame: Frame) => frame.type === 'table-digest' ? frame.rows ?? [] : []
  const digests = vectors.filter(({ frame }) => frame.type === 'table-digest')
  const whole = digests.find(({ frame }) => rowsOf(frame).length > 0)
  if (whole === undefined) throw new Error('docs/protocol.md has no rows of tables')
  const identities = rowsOf(whole.frame).map(({ identity }) => identity)
  t.same(identities, [...identities].sort())
  const hash = toHex(sha256(whole.bytes.subarray(5 + 33)))
  t.equal(digests.length, 2)
  for (const { frame } of digests) t.equal('hash' in frame && toHex(frame.hash), hash)
})

t.test('the table of tags is the table of tags', async t => {
  const rows = [...text.matchAll(/^\| (\d+) \| ([\w-]+) \|/gm)]
    .map(([, tag, name]) => [name, Number(tag)])
  t.same(Object.fromEntries(rows), TAG)
})

t.test('every code of a refuse is described', async t => {
  for (const code of REFUSE_CODES) t.match(text, new RegExp(`^\\|.*\`${code}\`.*\\|`, 'm'), code)
})
