import pc from 'picocolors'
import t from 'tap'
import { Printer, coloursFor, jsonLine, showPeer, type Told } from '../../src/cli/print.js'
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

t.test('linked, ping, lost and back are one aligned line each', async t => {
  const lines = printer()
  t.equal(lines.line(up(ALICE, 'al')), '03:04:05  linked   al~aliceaaaaa  10.0.0.2:8080')
  t.equal(lines.line(ping('hello')),
    '03:04:05  ping     al~aliceaaaaa  10.0.0.2:8080   "hello"  #12  0.8 ms')
  t.equal(lines.line({ kind: 'link-down', peer: ALICE, reason: 'silent', at: AT }),
    '03:04:05  lost     al~aliceaaaaa  10.0.0.2:8080   no sign of life')
  t.equal(lines.line(up(ALICE, 'al')), '03:04:05  back     al~aliceaaaaa  10.0.0.2:8080')
  t.equal(lines.line(up(BOB, '')), '03:04:05  linked   bobaaaaaaa     10.0.0.2:8080')
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
  t.equal(printer().line(told), '03:04:05  warning  a sample[2J key (sample-key)')
})

t.test('a peer drives no terminal and breaks no line', async t => {
  const bad = 'a\u001b[31m\n\r\u0007\u009b\u202e\u200bb'
  const lines = printer()
  for (const line of [
    lines.line(up(ALICE, bad, bad)), lines.line(ping(bad)),
    lines.line({ kind: 'link-down', peer: ALICE, reason: 'closed', at: AT }),
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
