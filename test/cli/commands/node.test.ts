/** The verbs that look at a running node or steer it. */
import t from 'tap'
import { AL, BO, ID64, peerView, runVerb, statusView } from '../fake-node.js'

t.test('status shows what a node says of itself', async t => {
  const api = { status: async () => statusView({ name: 'al\u001b[2J' }) }
  const { out, code } = await runVerb(['status'], { api })
  t.equal(code, 0)
  t.equal(out, [
    'node       al[2J~aaaaaaaaaa, version 1.2.3, pid 42', `identity   ${'a'.repeat(52)}`,
    'address    10.0.0.1:8080, here port 8080', 'network    p2p-gossip',
    'members    3, this one included; linked with 2', 'bulletins  5, 2K bytes of 64M',
    'batches    7 came over links, 2 of them were here already',
    'topics     2 subscribed to here', 'contacts   1 contact', `inbox      ${ID64}`,
    'data       in memory only', 'since      2026-01-02T12:03:04.000Z', '',
  ].join('\n'))
  const json = await runVerb(['status', '--json'], { api: { status: async () => statusView() } })
  t.same(JSON.parse(json.out), statusView())
})

t.test('peers are a table that no peer can break', async t => {
  const nowMs = Date.now()
  const api = { peers: async () => [
    peerView({ name: 'evil\u001b[31m\n\u202ename', address: `${'h'.repeat(90)}:1` }),
    peerView({
      contact: 'bob', rttMs: null, status: 'lost', sinceMs: nowMs - 200_000,
    }),
    peerView({
      id: AL, rttMs: null, status: 'via', sinceMs: nowMs - 65_000, seenBy: [BO, AL, AL],
    }),
    peerView({ status: 'via', sinceMs: nowMs - 1_000, seenBy: [] }),
  ] }
  const { out } = await runVerb(['peers'], { api })
  const lines = out.trimEnd().split('\n')
  t.match(lines[0], /^peer +status +address +rtt$/)
  t.match(lines[1], /^evil\[31m name~bbbbbbbbbb +linked +h{31}… +1\.3 ms$/)
  t.match(lines[2], /^bob \(bbbbbbbbbb\) +lost 3 min +10\.0\.0\.2:8080$/)
  t.match(lines[3], /^bo~aaaaaaaaaa +via bo~bbbbbbbbbb \+2, 1 min +10\.0\.0\.2:8080$/)
  t.match(lines[4], /^bo~bbbbbbbbbb +via 1 s +10\.0\.0\.2:8080 /)
  t.equal(lines.length, 5)
  const verbose = await runVerb(['peers', '--verbose'], { api })
  t.match(verbose.out, new RegExp(`${BO} +0f0f0f0f0f…`))
  const json = await runVerb(['peers', '--json'], { api })
  t.same(JSON.parse(json.out), { peers: await api.peers() })
  t.equal((await runVerb(['peers'], { api: { peers: async () => [] } })).out,
    'nobody else is known yet\n')
})

t.test('ping prints one line each, and ends at Ctrl-C', async t => {
  const ends = new AbortController()
  let calls = 0
  const api = { ping: async () => {
    calls++
    if (calls === 3) ends.abort()
    return { peer: BO, name: 'bo', address: '10.0.0.2:8080', rttMs: 0.84, hops: 1, via: null }
  } }
  const once = await runVerb(['ping', 'bo', '--timeout', '2'], { api })
  t.same(once.calls, [['ping', { peer: 'bo', timeoutMs: 2_000 }]])
  t.equal(once.out, 'bo~bbbbbbbbbb  10.0.0.2:8080  0.8 ms\n')
  const more = await runVerb(['ping', 'bo', '--count', '9', '--json'], {
    api, interrupted: ends.signal,
  })
  t.equal(more.code, 0)
  t.equal(more.out.trimEnd().split('\n').length, 2)
})

t.test('ping of a peer without a link says who passed it on', async t => {
  const answer = { peer: AL, name: 'al', address: '', rttMs: 3, hops: 2, via: BO }
  const api = { ping: async () => answer, peers: async () => [peerView({ contact: 'bob' })] }
  t.equal((await runVerb(['ping', 'al'], { api })).out,
    'al~aaaaaaaaaa    3.0 ms  via bob (bbbbbbbbbb)\n')
  const json = await runVerb(['ping', 'al', '--json'], { api })
  t.same(JSON.parse(json.out), answer)
  t.equal(json.calls.length, 1)
})

t.test('wait is exit code 4 when its condition is false', async t => {
  const met = { wait: async () => ({ members: 2, isMet: true }) }
  const good = await runVerb(['wait', '--members', '2'], { api: met })
  t.same(good.calls, [['wait', { members: 2, timeoutMs: 30_000 }]])
  t.match(good, { code: 0, out: '2 members\n', errors: '' })
  const api = { wait: async () => ({ members: 1, isMet: false }) }
  const bad = await runVerb(['wait', '--members', '5', '--timeout', '0'], { api })
  t.match(bad, { code: 4, out: '', errors: /^p2p-gossip: 1 of 5 members after 0 s; see/ })
  const json = await runVerb(['wait', '--members', '5', '--json'], { api })
  t.match(json, { code: 4, out: '{"members":1,"isMet":false}\n', errors: /^[^\n]+\n$/ })
})

t.test('topics, leave and forget', async t => {
  const rows = [
    { topic: ID64, text: null, isSubscribed: false, peers: 1, held: 2 },
    { topic: ID64, text: 'news', isSubscribed: true, peers: 0, held: 0 },
  ]
  const topics = await runVerb(['topics'], { api: { topics: async () => rows } })
  t.match(topics.out, /^topic +here +peers +held\n0f0f0f0f0f… +1 +2\nnews +subscribed +0 +0\n$/)
  const left = await runVerb(['leave'], { api: { leave: async () => {} } })
  t.match(left, { code: 0, out: 'it leaves\n' })
  const api = { forget: async () => ({ peer: BO }) }
  const gone = await runVerb(['forget', 'bob'], { api })
  t.match(gone, { out: `forgot ${BO}\n`, calls: [['forget', { peer: 'bob' }]] })
  t.equal((await runVerb(['forget', 'bob', '--json'], { api })).out, `{"peer":"${BO}"}\n`)
})

t.test('a call that takes longer than a second is told on a terminal', async t => {
  const api = { wait: async () => {
    await new Promise(resolve => { setTimeout(resolve, 1_200) })
    return { members: 2, isMet: true }
  } }
  const { progress } = await runVerb(['wait', '--members', '2'], { api })
  t.same(progress, ['waiting 1 s for 2 members', null])
})
