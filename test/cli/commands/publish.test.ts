import t from 'tap'
import {
  AL, ApiCallError, BO, ID64, peerView, runVerb, statusView,
} from '../fake-node.js'

const MADE = { topic: ID64, contentId: ID64, seq: 1, linked: 2, storedBy: [BO] }

t.test('publish passes on what it was given, in the words of the API', async t => {
  const api = { publish: async () => MADE }
  const { calls, out, code } = await runVerb([
    'publish', 'hello', '--topic', 'status', '--source', 'bob', '--wait', 'all',
    '--timeout', '1.5', '--bits', '3',
  ], { api })
  t.equal(code, 0)
  t.same(calls, [['publish', {
    topic: 'status', text: 'hello', source: 'bob', wait: 'all', timeoutMs: 1_500, bits: 3,
  }]])
  t.equal(out, 'published 0f0f0f0f0f…, on its way over 2 links, stored by 1 member\n')
  const plain = await runVerb(['publish', 'hello'], { api })
  t.equal(plain.out, 'published 0f0f0f0f0f…, on its way over 2 links\n')
  const json = await runVerb(['publish', 'hello', '--json'], { api })
  t.equal(json.out, `${JSON.stringify(MADE)}\n`)
  const alone = await runVerb(['publish', 'x'], { api: {
    publish: async () => ({ ...MADE, linked: 0 }),
  } })
  t.match(alone.out, /, nobody is linked: it is kept for who comes\n$/)
})

t.test('too few that stored it are exit code 4, and the line says who could have', async t => {
  const { code, errors } = await runVerb(['publish', 'x', '--wait', '3'], { api: {
    publish: async () => { throw new ApiCallError(504, 'not-stored', '1 of 3 stored it') },
    status: async () => statusView({ linked: 1 }),
  } })
  t.equal(code, 4)
  t.equal(errors, 'p2p-gossip: 1 of 3 stored it; this node is linked with 1 peer\n')
})

t.test('send goes to a contact or a whole identity', async t => {
  const sent = { to: BO, contact: 'bob', seq: 1, linked: 1, storedBy: [] }
  const api = { send: async () => sent }
  const { calls, out } = await runVerb(['send', '--to', 'bob', 'hi', '--wait', '1'], { api })
  t.same(calls, [['send', { to: 'bob', text: 'hi', wait: 1 }]])
  t.equal(out, 'sent to bob (bbbbbbbbbb), on its way over 1 link, stored by 0 members\n')
  const json = await runVerb(['send', '--to', BO, 'hi', '--json'], { api })
  t.equal(json.out, `${JSON.stringify(sent)}\n`)
  const none = await runVerb(['send', 'hi'], { api })
  t.match(none.errors, /^p2p-gossip: send needs --to PEER, the name of a contact, or a whole ident/)
  t.equal(none.code, 2)
})

t.test('a name that is only claimed is refused with what to give', async t => {
  const unknown = async (): Promise<never> => { throw new ApiCallError(404, 'contact-unknown') }
  const { code, errors } = await runVerb(['send', '--to', 'bo', 'hi'], {
    api: { send: unknown, peers: async () => [peerView(), peerView({ id: AL, name: 'al' })] },
  })
  t.equal(code, 2)
  t.match(errors, new RegExp(`^p2p-gossip: "bo" is what others claim .*: ${BO} at 10\\.0\\.0\\.2`))
  t.match(errors, new RegExp(`contacts add --name bo --peer ${BO}\\n$`))
  const nobody = await runVerb(['send', '--to', 'zed', 'hi'], {
    api: { send: unknown, peers: async () => [peerView()] },
  })
  t.equal(nobody.errors, 'p2p-gossip: it said so\n')
})

t.test('an ambiguous peer is refused with a list', async t => {
  const peers = Array.from({ length: 7 }, (_, i) => peerView({ id: `bbbb${i}`.padEnd(52, 'b') }))
  const { code, errors } = await runVerb(['ping', 'bbbb'], { api: {
    ping: async () => { throw new ApiCallError(409, 'peer-ambiguous') }, peers: async () => peers,
  } })
  t.equal(code, 2)
  t.match(errors, /^p2p-gossip: "bbbb" may be bbbb0b+ at .* and 2 more; give more of the iden/)
})
