import t from 'tap'
import { localText } from '../../../src/cli/time.js'
import { AL, BO, bulletinView, ID64, peerView, runVerb } from '../fake-node.js'

const LOCAL = localText(1_498_486_735)

t.test('messages passes on every narrowing in the words of the API', async t => {
  const api = { messages: async () => ({ messages: [], more: false }) }
  const { calls, out } = await runVerb([
    'messages', '--topic', 'a', '--topic-prefix', 'AB', '--topic-suffix', 'c', '--content', 'd',
    '--content-prefix', 'e', '--content-suffix', 'f', '--author', 'al', '--since', 'all',
    '--until', '1970-01-01T00:00:02Z', '--limit', '5',
  ], { api })
  t.same(calls, [['messages', {
    topic: 'a', topicPrefix: 'ab', topicSuffix: 'c', content: 'd', contentPrefix: 'e',
    contentSuffix: 'f', author: 'al', since: 0, until: 2_000, limit: 5,
  }]])
  t.equal(out, 'nothing of that is held\n')
})

t.test('messages are a table; more of them are told of', async t => {
  const api = { messages: async () => ({
    messages: [
      bulletinView({ text: 'a\u001b[31m\nb' }), bulletinView({ source: 'bob\u0007', text: 'x' }),
      bulletinView({ topicText: undefined, text: undefined, data: '/wA=', name: '' }),
    ],
    more: true,
  }) }
  const { out, errors, code } = await runVerb(['messages'], { api })
  const lines = out.trimEnd().split('\n')
  t.match(lines[0], /^time +author +topic +content$/)
  t.match(lines[1], new RegExp(`^${LOCAL} +al~aaaaaaaaaa +public +"a\\[31m b"$`))
  t.match(lines[2], / {2}al~aaaaaaaaaa \(as bob\) +public +"x"$/)
  t.match(lines[3], / {2}aaaaaaaaaa +0f0f0f0f0f… +2 bytes$/)
  t.equal(code, 0)
  t.equal(errors, 'p2p-gossip: there are more; give a larger --limit or narrow it\n')
  const json = await runVerb(['messages', '--json'], { api })
  t.match(JSON.parse(json.out), { more: true, messages: [{ author: AL }, { source: 'bob\u0007' }] })
  t.notMatch(json.out, /[\u0000-\u0009]/)
  t.equal(json.errors, '')
})

t.test('lines of gossipd: who delivered, who sent, and nothing that breaks a line', async t => {
  const messages = [
    bulletinView({ deliveredBy: BO }),
    bulletinView({ deliveredBy: null, source: 'bob' }),
    bulletinView({ text: 'a|b\\c\nd\r\u001be', name: 'x|y' }),
    bulletinView({ deliveredBy: 'c'.repeat(52), name: '', text: undefined, data: '/wA=' }),
  ]
  const api = {
    messages: async () => ({ messages, more: false }),
    peers: async () => [peerView({ name: 'node1' })],
  }
  const { out } = await runVerb(['messages', '--format', 'gossipd'], { api })
  t.same(out.trimEnd().split('\n'), [
    '2017-06-26 14:18:55|delivered_by:node1|sender:al|hello',
    '2017-06-26 14:18:55|delivered_by:self|sender:bob|hello',
    '2017-06-26 14:18:55|delivered_by:unknown|sender:x\\|y|a\\|b\\\\c\\nd\\re',
    '2017-06-26 14:18:55|delivered_by:cccccccccc|sender:aaaaaaaaaa|base64:/wA=',
  ])
  const named = await runVerb(['messages', '--format', 'gossipd'], {
    api: { ...api, peers: async () => [peerView({ name: 'node1', contact: 'my|friend' })] },
  })
  t.match(named.out, /delivered_by:my\\\|friend/)
  const none = await runVerb(['messages', '--format', 'gossipd'], {
    api: { ...api, messages: async () => ({ messages: [], more: false }) },
  })
  t.equal(none.out, '', 'no line for nothing')
  const both = await runVerb(['messages', '--format', 'gossipd', '--json'], { api })
  t.match(both, { code: 2, errors: /give --json or --format gossipd/ })
})

t.test('--id shows one of them whole, or ends with 4', async t => {
  const api = { message: async () => bulletinView({ text: 'a\u001b\nb', source: 'bob' }) }
  const { out, calls } = await runVerb(['messages', '--id', ID64.toUpperCase()], { api })
  t.same(calls, [['message', ID64]])
  t.match(out, /^content id {2}c{64}\nauthor {6}al~aaaaaaaaaa \(as bob\), a{52}\n/)
  t.match(out, /\n\na\nb\n$/)
  const gone = await runVerb(['messages', '--id', ID64], { api: { message: async () => null } })
  t.match(gone, { code: 4, out: '', errors: `p2p-gossip: no bulletin with id ${ID64} is held\n` })
})

t.test('purging wants to know what, and --all for everything', async t => {
  const api = { purge: async () => ({ purged: 3 }) }
  const some = await runVerb(['messages', 'purge', '--topic', 'x', '--author', 'al'], { api })
  t.match(some, { out: 'removed 3 bulletins\n', calls: [['purge', { topic: 'x', author: 'al' }]] })
  t.same((await runVerb(['messages', 'purge', '--all', '--json'], { api })).calls,
    [['purge', { all: true }]])
  for (const argv of [[], ['--all', '--topic', 'x'], ['--all=false']]) {
    const { code, calls, errors } = await runVerb(['messages', 'purge', ...argv], { api })
    t.equal(code, 2, argv.join(' '))
    t.same(calls, [])
    t.match(errors, /--all/)
  }
})

t.test('private messages are a table, and the inbox can be moved', async t => {
  const found = { topic: ID64, messages: [{
    from: BO, name: 'bo', contact: 'bob', incarnation: 1, seq: 1, timestamp: 1_498_486_735,
    text: 'only you\u001b[2J',
  }] }
  const api = { inbox: async () => found }
  const { out, calls } = await runVerb(['inbox', '--since', 'all', '--limit', '2'], { api })
  t.same(calls, [['inbox', { since: 0, limit: 2 }]])
  t.match(out, new RegExp(`\\n${LOCAL}  bob \\(bbbbbbbbbb\\)  "only you\\[2J"\\n$`))
  t.same(JSON.parse((await runVerb(['inbox', '--json'], { api })).out), found)
  const moved = await runVerb(['inbox', 'change'], {
    api: { changeInbox: async () => ({ topic: ID64, contacts: 2 }) },
  })
  t.equal(moved.out, `the inbox is now ${ID64}; 2 contacts will know\n`)
})
