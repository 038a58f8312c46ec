import t from 'tap'
import { encodeMessage, type Message } from '../../src/voidphone/codec.js'
import { MessageReader } from '../../src/voidphone/reader.js'

const MESSAGES: readonly Message[] = [
  { kind: 'notify', type: 7 },
  { kind: 'announce', hopsMax: 1, type: 7, data: new Uint8Array(300).fill(9) },
  { kind: 'announce', hopsMax: 0, type: 7, data: new Uint8Array() },
  { kind: 'validation', id: 65_535, isValid: true },
]
const STREAM = Buffer.concat(MESSAGES.map(encodeMessage))

function reader (): MessageReader<'announce' | 'notify' | 'validation'> {
  return new MessageReader(['announce', 'notify', 'validation'])
}

t.test('messages come out the same, split at any byte or all in one piece', async t => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const one = reader()
    const messages = [STREAM.subarray(0, cut), STREAM.subarray(cut)]
      .flatMap(piece => one.push(piece).messages)
    if (JSON.stringify(messages) !== JSON.stringify(MESSAGES)) t.fail(`cut at ${cut}`)
  }
  const one = reader()
  t.same([...STREAM].flatMap(byte => one.push(Uint8Array.of(byte)).messages), MESSAGES)
  t.equal(one.waitingBytes, 0)
})

t.test('what came before a fault is given, and nothing after it', async t => {
  for (const [hex, why] of [
    ['000801f600000539', /does not go this way/],
    ['000801ff00000539', /is not known/],
    ['ffff01f5', /has no 65535 bytes/],
    ['000301f4', /has no 3 bytes/],
    ['000001f4', /has no 0 bytes/],
  ] as const) {
    const one = reader()
    const bad = Buffer.concat([STREAM, Buffer.from(hex, 'hex'), STREAM])
    const { messages, fault } = one.push(bad)
    t.same(messages, MESSAGES)
    t.match(fault?.why, why)
    t.same(one.push(STREAM).messages, [])
  }
})

t.test('a head is judged before anything is gathered for it', async t => {
  const one = reader()
  t.match(one.push(Buffer.from('fffe01f6', 'hex')).fault, { why: /does not go/ })
  t.equal(one.waitingBytes, 4)
})
