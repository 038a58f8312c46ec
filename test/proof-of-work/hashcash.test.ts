import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { digestOf, isWorked, leadingZeroBits } from '../../src/proof-of-work/hashcash.js'
import { mine } from '../../src/proof-of-work/mining.js'
import { tapehash1 } from '../../src/proof-of-work/tapehash.js'
import { headerOf, workPreimage } from '../../src/wire/bulletin.js'
import { sha256 } from './worlds.js'

const signal = new AbortController().signal

t.test('zero bits are counted from the highest of the first byte', async t => {
  const bytes = [[0x0f, 4], [0x07, 5], [0x00, 8], [0x80, 0], [0xff, 0], [0x01, 7]] as const
  for (const [byte, bits] of bytes) t.equal(leadingZeroBits(Uint8Array.of(byte)), bits, `${byte}`)
  t.equal(leadingZeroBits(Uint8Array.of(0, 0, 0x10, 0)), 19)
  t.equal(leadingZeroBits(new Uint8Array(32)), 256)
  t.equal(leadingZeroBits(new Uint8Array()), 0)
})

t.test('the header alone gives the nonce and digest of the second seed', async t => {
  const oracle = oracleOf('bulletin.json') as Record<string, string & number>
  const content = Buffer.from(oracle['content_utf8'] ?? '')
  const topic = sha256(Buffer.from(oracle['topic_descriptor'] ?? ''))
  t.equal(hexOf(topic), oracle['topic_id'])
  t.equal(hexOf(sha256(content)), oracle['content_id'])
  const bits = oracle['difficulty_bits'] ?? 0
  const item = { topic, timestamp: oracle['timestamp'] ?? 0, content, nonce: 0 }
  const headers = Array.from({ length: 5 }, (_, nonce) => (
    headerOf({ ...item, nonce }, sha256(content))
  ))
  const digests = headers.map(header => digestOf('tapehash', header, null))
  const nonce = oracle['first_nonce_from_0'] ?? 0
  t.equal(digests.findIndex(digest => leadingZeroBits(digest) >= bits), nonce)
  t.equal(hexOf(digests[nonce]), oracle['digest'])
  const preimage = headers[0] ?? new Uint8Array()
  const job = { kind: 'tapehash', preimage, counterAt: 68, bits } as const
  t.equal(await mine(job, { sliceMs: 2, signal }), nonce)
})

t.test('a bulletin is worked for with its author in the digest', async t => {
  const header = new Uint8Array(72).fill(1)
  const [author, other] = [new Uint8Array(32).fill(2), new Uint8Array(32).fill(3)]
  const preimage = Uint8Array.of(...header, ...author)
  const hash = createHash('sha256').update(preimage).digest('hex')
  t.equal(hexOf(digestOf('sha256', header, author)), hash)
  t.equal(hexOf(digestOf('tapehash', header, author)), hexOf(tapehash1(preimage, 64)))
  for (const kind of ['sha256', 'tapehash'] as const) {
    t.notSame(digestOf(kind, header, author), digestOf(kind, header, other))
    t.notSame(digestOf(kind, header, author), digestOf(kind, header, null))
  }
})

t.test('work is judged by bits, content, author and kind', async t => {
  const content = Buffer.from('a bulletin')
  const [contentId, author] = [sha256(content), sha256(Buffer.from('its author'))]
  const item = { topic: new Uint8Array(32), timestamp: 1_800_000_000, content, nonce: 0 }
  const preimage = workPreimage(headerOf(item, contentId), author)
  for (const kind of ['sha256', 'tapehash'] as const) {
    const nonce = await mine({ kind, preimage, counterAt: 68, bits: 8 }, { sliceMs: 2, signal })
    const paid = { ...item, nonce: nonce ?? 0 }
    const bits = leadingZeroBits(digestOf(kind, headerOf(paid, contentId), author))
    t.ok(bits >= 8)
    t.ok(isWorked(kind, paid, contentId, author, bits))
    t.notOk(isWorked(kind, paid, contentId, author, bits + 1))
    t.notOk(isWorked(kind, paid, sha256(contentId), author, 8), 'another content')
    t.notOk(isWorked(kind, paid, contentId, sha256(author), 8), 'another author')
    t.notOk(isWorked(kind, { ...paid, timestamp: 1 }, contentId, author, 8), 'another time')
    t.ok(isWorked(kind, { ...paid, nonce: 1 }, contentId, author, 0), 'nothing asked for')
  }
})

t.test('counting up also solves the proof of work of the fifth seed', async t => {
  const oracle = oracleOf('proof-of-work.json') as { vectors: Record<string, string>[] }
  t.equal(oracle.vectors.length, 2)
  for (const vector of oracle.vectors) {
    const preimage = Buffer.concat([Buffer.from(vector['nonce'] ?? '', 'hex'), Buffer.alloc(8)])
    for (const bits of [8, 16]) {
      const job = { kind: 'sha256', preimage, counterAt: 12, bits } as const
      t.equal(await mine(job, { sliceMs: 20, signal }), Number(vector[bits]), `${bits} bits`)
    }
  }
})

t.test('the counter that is tried first is 0', async t => {
  const preimage = new Uint8Array(104).fill(7)
  const job = { kind: 'sha256', preimage, counterAt: 68, bits: 0 } as const
  t.equal(await mine(job, { sliceMs: 2, signal }), 0)
  t.same([...preimage], Array.from({ length: 104 }, () => 7), 'what is hashed is copied')
})

t.test('when no counter will do there is no answer', async t => {
  const job = { kind: 'sha256', preimage: new Uint8Array(104), counterAt: 68, bits: 28 } as const
  t.equal(await mine(job, { sliceMs: 2, signal, end: 1_000 }), null)
})

function oracleOf (name: string): unknown {
  const file = new URL(`../fixtures/oracles/${name}`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

function hexOf (bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex')
}
