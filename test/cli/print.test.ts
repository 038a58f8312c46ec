import pc from 'picocolors'
import t from 'tap'
import {
  Printer, coloursFor, jsonLine, showPeer, type BulletinLine, type Told,
} from '../../src/cli/print.js'
import { LINK_DOWN_REASONS, parseIdentity, type Identity } from '../../src/index.js'

const ALICE = identity('alice')
const BOB = identity('bob')
// Local time, as printed.
const AT = new Date(2026, 0, 2, 3, 4, 5, 678).toISOString()

function identity (beginning: string): Identity {
  const found = parseIdentity(beginning.padEnd(52, 'a'))
  if (found === null) throw new Error('no identity')
  return found
}

function printer (network = 'p2p-gossip'): Printer {
  return new Printer({ version: '1.2.3', network, colours: pc.createColors(false) })
}

function up (peer: Identity, name: string, address = '10.0.0.2:8080'): Told {
  return { kind: 'link-up', peer, name, address, at: AT }
}

function ping (text: string, rttMs: number | null = 0.84): Told {
  return {
    kind: 'ping', peer: ALICE, name: 'al', address: '10.0.0.2:8080', seq: 12, text, rttMs, at: AT,
  }
}

t.test('the banner tells who this is and how another machine joins', async t => {
  const told: Told = {
    kind: 'listening', id: ALICE, address: '10.0.0.1:8080', port: 8080, at: AT,
  }
  t.equal(printer().line(told), [
    'p2p-gossip 1.2.3  aliceaaaaa',
    `identity   ${ALICE}`,
    'listening  10.0.0.1:8080',
    'join with  p2p-gossip --connect 10.0.0.1:8080',
  ].join('\n'))
  t.match(printer('my net').line(told), / --connect 10\.0\.0\.1:8080 --network 'my net'$/)
  t.match(printer("it's").line(told), / --network 'it'\\''s'$/)
  t.match(printer().line({ ...told, port: 81 }), /^listening {2}10\..*:8080 \(here: port 81\)$/m)
  t.match(printer('home').line(told), / --network home$/)
})

t.test('a ping that others passed on names who did, and is no link', async t => {
  const lines = printer()
  lines.line(up(BOB, 'bob'))
  const told = { ...ping('hi'), via: BOB } as Told
  t.match(lines.line(told), /ping {6}al~alicea+ .* 10\.0\.0\.2:8080 .*0\.8 ms {2}via bob~boba+$/)
  t.match(lines.line(up(ALICE, 'al')), / {2}linked {4}al~/)
})

t.test('linked, ping, lost and back are one aligned line each', async t => {
  const lines = printer()
  t.equal(lines.line(up(ALICE, 'al')), '03:04:05  linked    al~aliceaaaaa  10.0.0.2:8080')
  t.equal(lines.line(ping('hello')),
    '03:04:05  ping      al~aliceaaaaa  10.0.0.2:8080   "hello"  #12  0.8 ms')
  t.equal(lines.line({ kind: 'link-down', peer: ALICE, reason: 'silent', at: AT }),
    '03:04:05  lost      al~aliceaaaaa  10.0.0.2:8080   no sign of life')
  t.equal(lines.line(up(ALICE, 'al')), '03:04:05  back      al~aliceaaaaa  10.0.0.2:8080')
  t.equal(lines.line(up(BOB, '')), '03:04:05  linked    bobaaaaaaa     10.0.0.2:8080')
})

/** Said when it is printed, unless `changes` has another timestamp. */
function bulletin (changes: Partial<BulletinLine>): Told {
  return {
    kind: 'bulletin', topic: 'ab'.repeat(32), author: ALICE, name: 'al', incarnation: 7, seq: 1,
    timestamp: Math.floor(new Date(AT).getTime() / 1_000), contentId: 'cd'.repeat(32), at: AT,
    ...changes,
  }
}

t.test('a private message is one line: whom it is from, and the text', async t => {
  const line = (changes: object): string => printer().line({
    kind: 'message', peer: ALICE, name: 'al\u001b', contact: null, incarnation: 7, seq: 1, at: AT,
    timestamp: Math.floor(new Date(AT).getTime() / 1_000), ...changes,
  })
  t.equal(line({ text: 'hi\u001b[31m' }), '03:04:05  message   al~aliceaaaaa  "hi[31m"')
  t.equal(line({ contact: 'alice', text: 'hi' }), '03:04:05  message   alice~aliceaaaaa  "hi"')
  t.equal(line({ contact: 'alice', data: '//4A' }), '03:04:05  message   alice~aliceaaaaa  3 bytes')
  t.match(line({ text: 'hi', timestamp: 1_000 }), /"hi" {2}of 1970-01-01 /)
})

t.test('a bulletin is one line: author, topic and text', async t => {
  const line = (changes: Partial<BulletinLine>): string => printer().line(bulletin(changes))
  t.equal(line({ topicText: 'news', text: 'hello' }),
    '03:04:05  bulletin  al~aliceaaaaa  news  "hello"')
  t.equal(line({ text: 'hello' }), '03:04:05  bulletin  al~aliceaaaaa  ababababab…  "hello"')
  t.equal(line({ topicText: 'news', text: 'a', name: '', late: true }),
    '03:04:05  bulletin  aliceaaaaa  news  "a"  late')
  t.match(line({ topicText: 'news', data: '//4A' }), / {2}news {2}3 bytes$/)
  t.match(line({ topicText: 'news', data: '/w==' }), / {2}news {2}1 byte$/)
})

t.test('an old bulletin says when it was written', async t => {
  const seconds = Math.floor(new Date(AT).getTime() / 1_000)
  const line = (timestamp: number): string => printer().line(bulletin({ text: 'x', timestamp }))
  t.match(line(seconds - 59), /"x"$/)
  t.match(line(seconds - 61), /"x" {2}of 03:03:04$/)
  t.match(line(seconds - 90_000), /"x" {2}of 2026-01-01 02:04:05$/)
})

t.test('a long text is cut, and its size told', async t => {
  const line = (text: string): string => printer().line(bulletin({ topicText: 'a', text }))
  t.match(line('x'.repeat(500)), /"x{500}"$/)
  t.match(line(`${'x'.repeat(499)}é!`), /"x{499}é…" {2}502 bytes$/)
  t.match(line(`${'x'.repeat(499)}😀`), /"x{499}…" {2}503 bytes$/, 'half a character is left out')
})

t.test('a gap is a warning', async t => {
  t.equal(printer().line({
    kind: 'warning', code: 'gap', message: 'bulletin 3 did not come', author: ALICE,
    incarnation: 7, first: 3, last: 3, at: AT,
  }), '03:04:05  warning   bulletin 3 did not come (gap)')
})

t.test('a first ping has no round-trip time', async t => {
  t.match(printer().line(ping('x', null)), /"x" {2}#12$/)
})

t.test('every reason has words of its own', async t => {
  const lines = LINK_DOWN_REASONS.map(reason => {
    return printer().line({ kind: 'link-down', peer: BOB, reason, at: AT })
  })
  t.equal(new Set(lines).size, LINK_DOWN_REASONS.length)
  t.notMatch(lines.join('\n'), /undefined/)
})

t.test('warnings tell their message and code', async t => {
  const told: Told = {
    kind: 'warning', code: 'sample-key', message: 'a sample\u001b[2J key', at: AT,
  }
  t.equal(printer().line(told), '03:04:05  warning   a sample[2J key (sample-key)')
})

t.test('a peer drives no terminal and breaks no line', async t => {
  const bad = 'a\u001b[31m\n\r\u0007\u009b\u202e\u200bb'
  const lines = printer()
  for (const line of [
    lines.line(up(ALICE, bad, bad)), lines.line(ping(bad)),
    lines.line({ kind: 'link-down', peer: ALICE, reason: 'closed', at: AT }),
    lines.line(bulletin({ topicText: bad, text: bad, name: bad })),
  ]) {
    t.notMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e\u200b]/)
  }
})

t.test('a peer is shown by its claimed name and short identity', async t => {
  t.equal(showPeer('bob', BOB), 'bob~bobaaaaaaa')
  t.equal(showPeer('', BOB), 'bobaaaaaaa')
  t.equal(showPeer(' \u0007 ', BOB), 'bobaaaaaaa')
})

t.test('colour needs a terminal and nobody against it', async t => {
  t.equal(coloursFor(true, false).red('x'), '\u001b[31mx\u001b[39m')
  t.equal(coloursFor(true, true).red('x'), 'x')
  t.equal(coloursFor(false, false).red('x'), 'x')
  const plain = printer()
  const coloured = new Printer({
    version: '1.2.3', network: 'p2p-gossip', colours: pc.createColors(true),
  })
  for (const told of [up(ALICE, 'al'), ping('x')]) {
    t.equal(coloured.line(told).replace(/\u001b\[\d+m/g, ''), plain.line(told))
  }
})

t.test('a JSON line begins with when and what, and holds the notice', async t => {
  const line = jsonLine(ping('a\u009b"\n'))
  t.match(line, /^\{"at":"[^"]+","kind":"ping","peer":"alice/)
  t.notMatch(line, /[\n\u009b]/)
  t.same(JSON.parse(line), ping('a\u009b"\n'))
})
