import t from 'tap'
import type { ExplanationView } from '../../src/api/schemas.js'
import { explainWords } from '../../src/cli/explain-words.js'
import { LINK_DOWN_REASONS } from '../../src/index.js'
import { explanationView } from './fake-node.js'

const NOW_MS = 1_790_000_000_000
const [ME, BO, CAROL, DAVE] = ['m', 'b', 'c', 'd'].map(letter => letter.padEnd(52, 'a'))
const NAMES: Readonly<Record<string, string>> = {
  [BO!]: 'bo', [CAROL!]: 'carol', [DAVE!]: 'dave',
}

function ago (seconds: number): number {
  return NOW_MS - seconds * 1_000
}

function words (view: Partial<ExplanationView>): string[] {
  const told = explanationView({ id: BO!, sinceMs: ago(200), issuedMs: ago(4_000), ...view })
  return explainWords(told, id => NAMES[id] ?? id.slice(0, 10), NOW_MS)
}

t.test('a peer that is lost, with all there is to say', async t => {
  t.same(words({
    missedBy: [CAROL!, DAVE!, ME!],
    seek: {
      failures: 5, lastError: '10.0.0.2:8080 refuses connections', triedMs: ago(3),
      nextMs: NOW_MS + 2_400,
    },
    lastDown: { reason: 'silent', atMs: ago(201) },
  }), [
    `bo is the member ${BO}. It proved its key to this node; its record is 1 h old and tells ` +
      '10.0.0.2:8080.',
    'It is lost, for 3 min: this node has no link and no way to it.',
    'No other member tells a link with it; carol and 2 others have none.',
    'No way to it is known: what is published reaches it once there is one.',
    'This node tried 5 times in vain to link with it, last 3 s ago: 10.0.0.2:8080 refuses ' +
      'connections. The next attempt is due in 2 s.',
    'Its last link with this node ended 3 min ago: no sign of life.',
    'Try: nothing listens at 10.0.0.2:8080: is p2p-gossip running there, and on that port? ' +
      'On that machine p2p-gossip status says both.',
  ])
})

t.test('a peer that others reach', async t => {
  t.same(words({
    status: 'via', isProven: false, seenBy: [CAROL!, DAVE!, ME!, ME!], missedBy: [ME!],
    path: { peer: BO!, hops: 2, rttMs: 3.44, members: [ME!, CAROL!, BO!] },
    seek: {
      failures: 1, lastError: '10.0.0.2:8080 did not accept within 3000 ms', triedMs: ago(1),
      nextMs: ago(0),
    },
  }), [
    `bo is the member ${BO}. This node never had a link with it: others told of it; its record ` +
      'is 1 h old and tells 10.0.0.2:8080.',
    'This node has no link with it, for 3 min, and reaches it through others.',
    'carol and 3 others hold a link with it; maaaaaaaaa has none.',
    'Messages reach it over 2 links, by way of carol, 3.4 ms there and back.',
    'This node tried once in vain to link with it, last 1 s ago: 10.0.0.2:8080 did not accept ' +
      'within 3000 ms. The next attempt is due now.',
    'Try: nothing comes back from 10.0.0.2:8080: a firewall may drop it, or there is no route. ' +
      'Open that port there; if it is reached elsewhere, start it with --advertise HOST:PORT.',
  ])
})

t.test('a peer that is linked, and one that has left', async t => {
  t.same(words({
    status: 'linked', seenBy: [CAROL!], addresses: ['a:1', 'b:2', 'c:3', 'd:4', 'e:5', 'f:6'],
    path: { peer: BO!, hops: 1, rttMs: null, members: [ME!, BO!] },
  }).slice(1), [
    'It is linked with this node, for 3 min.',
    'carol holds a link with it.',
    'Messages reach it over the link with it.',
  ])
  t.match(words({ status: 'linked', addresses: ['a:1', 'b:2', 'c:3', 'd:4', 'e:5', 'f:6'] })[0],
    /tells a:1, b:2, c:3, d:4 and 2 more\.$/)
  t.same(words({ status: 'left', lastDown: { reason: 'left', atMs: ago(7_300) } }), [
    `bo is the member ${BO}. It proved its key to this node; its record is 1 h old and said ` +
      'goodbye with 10.0.0.2:8080.',
    'It left the network 3 min ago. It is dialled when it comes back.',
    'Its last link with this node ended 2 h ago: it left the network.',
  ])
})

const seek = { failures: 0, lastError: null, triedMs: null, nextMs: null }
for (const [what, view, line] of [
  ['nobody tried', { seek },
    'This node has not tried to link with it yet. No further attempt is due.'],
  ['the first attempt', { seek: { ...seek, triedMs: ago(2), nextMs: NOW_MS + 99_000 } },
    'This node is trying to link with it, for 2 s. The next attempt is due in 1 min.'],
  ['an attempt without words', { seek: { ...seek, failures: 2, triedMs: ago(2) } },
    'This node tried 2 times in vain to link with it, last 2 s ago. No further attempt is due.'],
  ['not sought', {}, 'This node does not try to link with it.'],
  ['seen by two', { seenBy: [CAROL!, DAVE!] }, 'carol and dave hold a link with it.'],
  ['seen by none', {}, 'No other member tells a link with it.'],
  ['a long way', {
    status: 'via', path: { peer: BO!, hops: 3, rttMs: null, members: [ME!, CAROL!, DAVE!, BO!] },
  }, 'Messages reach it over 3 links, by way of carol, then dave.'],
  ['banned', { status: 'banned' }, 'It is banned here, for 3 min.'],
  ['pending', { status: 'pending' }, 'It waits to be admitted, for 3 min.'],
] as readonly (readonly [string, Partial<ExplanationView>, string])[]) {
  t.test(`${what}: ${line}`, async t => {
    t.ok(words(view).includes(line), words(view).join('\n'))
  })
}

t.test('every reason of an end has its words', async t => {
  for (const reason of LINK_DOWN_REASONS) {
    t.match(words({ lastDown: { reason, atMs: ago(5) } }).join('\n'),
      /^Its last link with this node ended 5 s ago: \w.+\.$/m)
  }
})

t.test('what others sent drives no terminal', async t => {
  const lines = words({
    addresses: ['evil\u001b[2J:1'],
    seek: { ...seek, failures: 1, triedMs: ago(1), lastError: 'x\u001b[31m\n\u202ey' },
  })
  t.notMatch(lines.join(''), /[\u001b\n\u202e]/)
})
