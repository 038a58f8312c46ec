/** Bytes and frames that no node sends: each ends the link it came on, and nothing else. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { encodeFrame } from '../../src/wire/encode.js'
import { TAG } from '../../src/wire/frame.js'
import {
  Attacker, Mesh, networkHash, rawFrame, recordOf, recordsFrame, Strangers, until,
} from '../helpers/attacker.js'

const prefix = (length: number): Uint8Array => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}
const nested = (depth: number): Uint8Array => new Uint8Array(depth).fill(0x81)
const array = (count: number, each: number): Uint8Array => {
  const bytes = Buffer.alloc(5 + count, each)
  bytes[0] = 0x9a
  bytes.writeUInt32BE(count, 1)
  return bytes
}
/** A CBOR map of one key with an array under it: the shape of `records`. */
const entries = (inner: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([0xa1, 0x67]), Buffer.from('entries'), inner])

t.test('before the welcome', async t => {
  const mesh = await Mesh.start(t)
  const { port } = mesh
  const { body, signature } = recordOf((await Attacker.connect(t, port)).identity)
  const cases: Record<string, [Uint8Array, RegExp]> = {
    'a length of 1 GiB': [prefix(1 << 30), /a frame of 1073741824 bytes/],
    'a length of 4 GiB': [prefix(0xffff_ffff), /a frame of 4294967295 bytes/],
    'a frame above the limit of greetings': [prefix(16_385), /16384 are allowed/],
    'a frame without a tag': [prefix(0), /without a tag/],
    'CBOR nested 10,000 deep': [rawFrame(TAG.hello, nested(10_000)), /early|deep/],
    'CBOR nested deep and whole': [
      rawFrame(TAG.hello, Buffer.concat([nested(10_000), Buffer.from([0x80])])), /deep/],
    'a bomb of small items': [rawFrame(TAG.hello, array(16_000, 0x80)), /too many items/],
    'an array of 2^32 items': [
      rawFrame(TAG.hello, Buffer.from([0x9b, 0, 0, 0, 1, 0, 0, 0, 0])), /early/],
    'an indefinite length': [rawFrame(TAG.hello, Buffer.from([0x9f])), /definite/],
    'a ping': [encodeFrame({ type: 'ping', sequence: 1, text: 'x' }), /ping before welcome/],
    'records': [recordsFrame([{ body, signature }]), /records before welcome/],
    'a leave': [encodeFrame({ type: 'leave', record: { body, signature } }), /leave before/],
    'a welcome before hello': [
      encodeFrame({ type: 'welcome', record: { body, signature } }), /without a hello/],
  }
  for (const [what, [bytes, why]] of Object.entries(cases)) {
    const attacker = await Attacker.connect(t, port)
    attacker.send(bytes)
    t.match(await attacker.ended(), why, what)
  }
  await mesh.isUnharmed(t)

  t.test('other versions, networks, admissions and clocks are refused by name', async t => {
    const lies: Record<string, Parameters<Attacker['hello']>[0]> = {
      'version': { version: 2 },
      'network': { network: networkHash('another') },
      'admission': { admission: 'invite' },
      'clock-skew': { wallMs: Date.now() - 3 * 86_400_000 },
    }
    for (const [code, lie] of Object.entries(lies)) {
      const attacker = await Attacker.connect(t, port)
      attacker.hello(lie)
      t.equal(await attacker.ended(), `refuse ${code}`)
    }
    await mesh.isUnharmed(t)
  })

  t.test('a second hello ends the link', async t => {
    const attacker = await Attacker.connect(t, port)
    const incarnation = Date.now() * 1_024
    for (let i = 0; i < 1_000; i++) attacker.hello({ incarnation: incarnation + i })
    t.match(await attacker.ended(), /a second hello/)
    await mesh.isUnharmed(t)
  })

  t.test('a welcome that is not of this key, run or state makes no link', async t => {
    const victims = recordOf((await Attacker.connect(t, port)).identity)
    const attacker = await Attacker.connect(t, port)
    attacker.hello()
    attacker.say({ type: 'welcome', record: victims })
    t.match(await attacker.ended(), /another key/)
    for (const [record, why] of [
      [{ incarnation: 5 }, /another incarnation/],
      [{ state: 'left' as const }, /it left/],
    ] as const) {
      const liar = await Attacker.connect(t, port)
      liar.greet({ hello: { incarnation: Date.now() * 1_024 }, record })
      t.match(await liar.ended(), why)
    }
    const forger = await Attacker.connect(t, port)
    const incarnation = Date.now() * 1_024
    forger.hello({ incarnation })
    const { body } = recordOf(forger.identity, { incarnation })
    forger.say({ type: 'welcome', record: { body, signature: randomBytes(64) } })
    t.match(await forger.ended(), /signature/)
    t.equal(mesh.victim.node.peers().length, 2, 'none of them is known')
    await mesh.isUnharmed(t)
  })
})

t.test('after the welcome', async t => {
  const mesh = await Mesh.start(t)
  const { port, victim } = mesh
  const random = Array.from({ length: 10 }, (): [string, [Uint8Array, RegExp]] =>
    ['random bytes', [Buffer.concat([Buffer.from([0x7f]), randomBytes(3_000)]), /a frame of/]])
  const bad = Buffer.alloc(1 << 20)
  const cases: [string, [Uint8Array, RegExp]][] = [
    ...random,
    ['a length of 1 GiB', [prefix(1 << 30), /a frame of 1073741824 bytes/]],
    ['1 MiB of CBOR items', [
      rawFrame(TAG.records, entries(array((1 << 20) - 20, 0x01))), /too many items/]],
    ['1 MiB of depth', [rawFrame(TAG.records, nested((1 << 20) - 1)), /deep/]],
    ['100,000 entries', [rawFrame(TAG.records, entries(array(100_000, 0xa0))), /too many items/]],
    ['129 records', [overfull(129), /records|items/]],
    ['an alive of 1 MiB', [rawFrame(TAG.alive, bad.subarray(0, 40 * 26_000)), /alive/]],
    ['a digest of 1 MiB', [rawFrame(TAG['roster-digest'], bad.subarray(1)), /roster-digest/]],
    ['tables of 1 MiB', [rawFrame(TAG['table-digest'], bad.subarray(1)), /table-digest/]],
    ['links of 1 MiB', [rawFrame(TAG['link-table'], bad.subarray(1)), /link-table/]],
    ['links without a table', [rawFrame(TAG['link-table'], Buffer.alloc(66)), /link-table/]],
    ['heads of 1 MiB', [rawFrame(TAG.heads, bad.subarray(0, 48 * 21_000)), /heads/]],
    ['a relayed ping of 1 MiB', [rawFrame(TAG['relay-ping'], bad.subarray(1)), /relay-ping/]],
    ['an error of 1 MiB', [rawFrame(TAG.error, text('message', 1 << 19)), /error/]],
    ['a ping of 1 MiB', [rawFrame(TAG.ping, bad.subarray(1)), /the text is too long/]],
    ['a ping that is no text', [rawFrame(TAG.ping, Buffer.alloc(20, 0xff)), /UTF-8/]],
  ]
  for (const [what, [bytes, why]] of cases) {
    const attacker = await Attacker.member(t, port)
    attacker.send(bytes)
    t.match(await attacker.ended(), why, what)
    await until(() => victim.downs(attacker.identity.id).length > 0, 1_000, 'its link-down')
    t.same(victim.downs(attacker.identity.id), ['protocol'], what)
  }
  await mesh.isUnharmed(t)

  t.test('a second welcome and a second hello end the link', async t => {
    const twice = await Attacker.member(t, port)
    twice.say({ type: 'welcome', record: recordOf(twice.identity) })
    t.match(await twice.ended(), /a welcome without a hello/)
    const again = await Attacker.member(t, port)
    again.hello()
    t.match(await again.ended(), /a second hello/)
    await mesh.isUnharmed(t)
  })
})

/** Well formed but for their number. */
function overfull (count: number): Uint8Array {
  const frame = Buffer.from(recordsFrame(new Strangers().some(1)))
  const entry = frame.subarray(5 + 10)
  const head = Buffer.from([0xa1, 0x67, ...Buffer.from('entries'), 0x98, count])
  const many = Array.from({ length: count }, () => entry)
  return rawFrame(TAG.records, Buffer.concat([head, ...many]))
}

function text (key: string, length: number): Uint8Array {
  const head = Buffer.alloc(5)
  head[0] = 0x7a
  head.writeUInt32BE(length, 1)
  const name = Buffer.from([0x60 + key.length, ...Buffer.from(key)])
  const code = Buffer.from([0x64, ...Buffer.from('code'), 0x61, 0x78])
  return Buffer.concat([Buffer.from([0xa2]), code, name, head, Buffer.alloc(length, 0x61)])
}
