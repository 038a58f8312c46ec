/** The verbs that tell of links and ways. */
import t from 'tap'
import { AL, ApiCallError, BO, explanationView, peerView, runVerb } from '../fake-node.js'

const CY = 'c'.repeat(51) + 'a'
const WAY = { peer: CY, hops: 2, rttMs: 3.44, members: [AL, BO, CY] }
const peers = async (): Promise<ReturnType<typeof peerView>[]> =>
  [peerView({ contact: 'bob' }), peerView({ id: CY, name: 'cy\u001b[2J' })]

t.test('path shows who is on the way', async t => {
  const api = { path: async () => WAY, peers }
  const { out, code, calls } = await runVerb(['path', 'cy'], { api })
  t.equal(code, 0)
  t.match(calls, [['path', { peer: 'cy' }], ['peers']])
  t.equal(out, 'peer              links  rtt     by way of\n' +
    'cy[2J~cccccccccc  2      3.4 ms  bob (bbbbbbbbbb)\n')
  const json = await runVerb(['path', 'cy', '--json'], { api })
  t.same(JSON.parse(json.out), { path: WAY })
})

t.test('path --all has a row for each, and says when there is none', async t => {
  const near = { peer: BO, hops: 1, rttMs: null, members: [AL, BO] }
  const api = { paths: async () => [near, WAY], peers }
  const { out } = await runVerb(['path', '--all'], { api })
  t.match(out.split('\n'), [/^peer/, /^bob \(bbbbbbbbbb\) +1$/, /^cy\[2J~c+ +2 +3\.4 ms +bob/, ''])
  const json = await runVerb(['path', '--all', '--json'], { api })
  t.same(JSON.parse(json.out), { paths: [near, WAY] })
  const none = await runVerb(['path', '--all'], { api: { paths: async () => [], peers } })
  t.match(none, { code: 0, out: 'no way to anybody is known\n' })
})

t.test('path without a way is exit code 4', async t => {
  const api = { path: async () => null, peers }
  t.match(await runVerb(['path', 'cy'], { api }),
    { code: 4, out: '', errors: /^p2p-gossip: no way to "cy" is known; .*explain says why\n$/ })
  t.match(await runVerb(['path', 'cy', '--json'], { api }), { code: 4, out: '{"path":null}\n' })
})

t.test('path wants a peer or --all, and not both', async t => {
  for (const argv of [['path'], ['path', 'cy', '--all']]) {
    t.match(await runVerb(argv), { code: 2, errors: /path needs PEER, or --all/, calls: [] })
  }
})

t.test('links prints a matrix', async t => {
  const rows = [{
    id: AL, name: 'al', status: null, toldMs: 1, free: 2,
    links: [{ peer: BO, rttMs: 0.8, toldBy: 'both' as const }],
  }]
  const api = { links: async () => ({ rows }) }
  t.match((await runVerb(['links'], { api })).out,
    /^ +1\n1 {2}al~aaaaaaaaaa {2}this node -\n\nnumbers: ms/)
  t.same(JSON.parse((await runVerb(['links', '--json'], { api })).out), { rows })
})

t.test('explain prints sentences', async t => {
  const told = explanationView({
    name: 'bo', sinceMs: Date.now() - 61_000, issuedMs: Date.now(), seenBy: [CY],
    addresses: ['10.0.0.2:1\u001b[2J'],
  })
  const api = { explain: async () => told, peers }
  const { out, calls } = await runVerb(['explain', 'bo'], { api })
  t.match(calls, [['explain', { peer: 'bo' }], ['peers']])
  t.match(out, /^bob \(bbbbbbbbbb\) is the member b/)
  t.match(out, /\nIt is lost, for 1 min/)
  t.match(out, /\ncy\[2J~ccccccccc. holds a link with it\.\n/)
  t.notMatch(out, /\u001b/)
  t.same(JSON.parse((await runVerb(['explain', 'bo', '--json'], { api })).out), told)
})

t.test('what several peers could be is explained with a list of them', async t => {
  const ambiguous = async (): Promise<never> => {
    throw new ApiCallError(409, 'peer-ambiguous')
  }
  const api = { explain: ambiguous, path: ambiguous, peers: async () => [peerView(), peerView()] }
  for (const name of ['explain', 'path']) {
    t.match(await runVerb([name, 'bo'], { api }), { code: 2, errors: /"bo" may be b+a at/ })
  }
})
