import t from 'tap'
import { Self } from '../../src/core/self.js'
import { decodeRecord, type MemberRecord } from '../../src/wire/record.js'
import { BULLETINS, EPOCH_MS, NETWORK_HASH, Peer } from '../helpers/core-bench.js'

const me = new Peer(1)
const [one, other, third] = [new Peer(2), new Peer(3), new Peer(4)]

function self (advertise: readonly string[] = []): Self {
  return new Self(me.keys.suite, {
    me: me.id,
    publicKey: me.keys.publicKey,
    networkHash: NETWORK_HASH,
    admission: 'open',
    connect: [],
    advertise,
    periodMs: 5_000,
    text: null,
    name: 'me',
    ephemeral: true,
    linksMax: 256,
    membersMax: 1_024,
    rejoinMs: 600_000,
    bulletins: BULLETINS,
  })
}

function recordOf (node: Self): MemberRecord {
  return decodeRecord(node.signed.body) as MemberRecord
}

t.test('an incarnation is the wall clock × 1024 and ten bits, at least one above the last',
  async t => {
    const node = self()
    node.draw(0, EPOCH_MS, 1_023)
    t.equal(node.incarnation, EPOCH_MS * 1_024 + 1_023)
    node.draw(node.incarnation + 5_000, EPOCH_MS, 0)
    t.equal(node.incarnation, EPOCH_MS * 1_024 + 1_023 + 5_001)
  })

t.test('the key for private messages is in the record', async t => {
  const node = self()
  node.draw(0, EPOCH_MS, 0)
  t.equal(recordOf(node).boxKey, null)
  node.boxKey = new Uint8Array(32).fill(5)
  node.sign('up', EPOCH_MS)
  t.strictSame(recordOf(node).boxKey, new Uint8Array(32).fill(5))
})

t.test('where members may write is a tag of the record', async t => {
  const node = self()
  node.draw(0, EPOCH_MS, 0)
  t.same(recordOf(node).tags, {})
  node.inbox = { code: new Uint8Array(8).fill(6), drawnMs: 7 }
  node.sign('up', EPOCH_MS)
  t.same(recordOf(node).tags, { inbox: `${'06'.repeat(8)}${'00'.repeat(7)}07` })
})

t.test('a fresh incarnation begins at version 1, every signing is a version', async t => {
  const node = self()
  node.draw(0, EPOCH_MS, 0)
  t.equal(recordOf(node).version, 1)
  node.sign('up', EPOCH_MS + 1)
  node.sign('left', EPOCH_MS + 2)
  t.match(recordOf(node), { version: 3, state: 'left', issuedMs: EPOCH_MS + 2, ephemeral: true })
  t.same(node.row, { identity: me.id, incarnation: node.incarnation, version: 3 })
  node.draw(node.incarnation, EPOCH_MS, 0)
  t.equal(recordOf(node).version, 1)
})

t.test('interfaces are told with those on loopback last, at most eight', async t => {
  const node = self()
  const loopback = ['127.0.0.1:1', '[::1]:1']
  const others = Array.from({ length: 9 }, (_, i) => `10.0.0.${i + 1}:1`)
  t.ok(node.setInterfaces([...loopback, ...others.slice(0, 2)], 1))
  node.draw(0, EPOCH_MS, 0)
  t.same(node.addresses, [...others.slice(0, 2), ...loopback])
  t.notOk(node.setInterfaces([...loopback, ...others.slice(0, 2)], 1), 'the same is no change')
  t.ok(node.setInterfaces([...loopback, ...others], 1))
  node.sign('up', EPOCH_MS)
  t.same(node.addresses, others.slice(0, 8))
})

t.test('what is advertised is told instead of interfaces and sights', async t => {
  const node = self(['example.org:443'])
  node.setInterfaces(['10.0.0.1:8080'], 8080)
  node.draw(0, EPOCH_MS, 0)
  t.notOk(node.noteSeenAt(one.id, '203.0.113.5:9'))
  t.notOk(node.noteSeenAt(other.id, '203.0.113.5:9'))
  t.same(recordOf(node).addresses, ['example.org:443'])
})

t.test('an IP counts when two peers see it, with the own port; loopback never', async t => {
  const node = self()
  node.setInterfaces(['10.0.0.1:8080'], 8080)
  node.draw(0, EPOCH_MS, 0)
  t.notOk(node.noteSeenAt(one.id, '203.0.113.5:50000'))
  t.notOk(node.noteSeenAt(one.id, '203.0.113.5:50001'), 'the same peer twice is one peer')
  t.ok(node.noteSeenAt(other.id, '203.0.113.5:60000'))
  node.sign('up', EPOCH_MS)
  t.same(node.addresses, ['10.0.0.1:8080', '203.0.113.5:8080'])
  t.notOk(node.noteSeenAt(third.id, '203.0.113.5:1'))
  t.notOk(node.noteSeenAt(one.id, '127.0.0.1:5') || node.noteSeenAt(other.id, '127.0.0.1:5'))
})

t.test('at most eight IPs are noted, whatever is claimed', async t => {
  const node = self()
  node.setInterfaces([], 8080)
  node.draw(0, EPOCH_MS, 0)
  for (let i = 0; i < 8; i++) node.noteSeenAt(one.id, `203.0.113.${i}:1`)
  node.noteSeenAt(one.id, '198.51.100.1:1')
  t.notOk(node.noteSeenAt(other.id, '198.51.100.1:1'), 'the ninth was not noted')
  t.ok(node.noteSeenAt(other.id, '203.0.113.7:1'))
})
