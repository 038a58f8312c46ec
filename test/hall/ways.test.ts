/** Real nodes of which two cannot dial each other: what is known of ways, and a ping over them. */
import t from 'tap'
import { ApiClient } from '../../src/api/index.js'
import { serveNode } from '../../src/api/server.js'
import { explainWords } from '../../src/cli/explain-words.js'
import { linksText } from '../../src/cli/link-matrix.js'
import { coloursFor } from '../../src/cli/print.js'
import { isLinked, startLinked, until } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'

/** Nothing listens there. */
const DEAD = '127.0.0.1:1'

t.test('two that cannot link see each other over the third, and say why', async t => {
  const bob = await startLinked(t, [], { name: 'bob' })
  const ann = await startLinked(t, [bob], { name: 'ann' }, { addresses: () => ['127.0.0.1:2'] })
  const cy = await startLinked(t, [bob], { name: 'cy' }, { addresses: () => [DEAD] })
  await until(() => ann.path(cy.id) !== null && cy.path(ann.id) !== null)
  await until(() => (ann.explain(cy.id)?.seek?.failures ?? 0) > 0)

  t.match(ann.path(cy.id), { hops: 2, members: [ann.id, bob.id, cy.id] })
  t.equal(ann.path(ann.id)?.hops ?? 0, 0)
  t.same(ann.paths().map(({ peer, hops }) => [peer, hops]), [[bob.id, 1], [cy.id, 2]])
  t.match(ann.peers().find(({ id }) => id === cy.id), { status: 'via', seenBy: [bob.id] })
  const rows = ann.links().rows
  t.same(rows.map(({ id }) => id), [ann.id, bob.id, cy.id].sort())
  t.match(rows.find(({ id }) => id === cy.id)?.links, [{ peer: bob.id, toldBy: 'both' }])

  const rttMs = await ann.ping(cy.id)
  t.ok(rttMs > 0 && rttMs < 10_000, `${rttMs} ms`)
  t.ok(await cy.ping(ann.id) > 0)

  const told = ann.explain(cy.id)
  t.match(told, { status: 'via', seenBy: [bob.id], isProven: false, addresses: [DEAD] })
  t.match(told?.seek, { lastError: `${DEAD} refuses connections` })
  t.equal(ann.explain(ann.id), null)

  const served = await serveNode(ann, {
    version: '1.2.3', log: () => {}, environment: { XDG_RUNTIME_DIR: shortDirectory(t) },
  })
  t.teardown(() => served.close())
  const client = new ApiClient(served.socket ?? '')
  t.match(await client.ping({ peer: 'cy' }), { hops: 2, via: bob.id, name: 'cy' })
  t.match(await client.path({ peer: 'cy' }), { hops: 2 })
  const words = explainWords(await client.explain({ peer: 'cy' }), id => id, Date.now())
  t.match(words.at(-1), /^Try: nothing listens at 127\.0\.0\.1:1:/)
  t.ok(words.includes(`${bob.id} holds a link with it.`), words.join('\n'))
  const matrix = await linksText((await client.links()).rows, coloursFor(false, true))
  t.equal(matrix.match(/^\d.* \. .*$| \.$/gm)?.length, 2, `one link is missing:\n${matrix}`)

  await cy.connect(`127.0.0.1:${ann.port}`)
  await until(() => isLinked(ann, cy))
  t.match(ann.explain(cy.id), { status: 'linked', seek: null })
  await until(() => ann.path(cy.id)?.hops === 1)
  bob.destroy()
  await until(() => !isLinked(ann, bob))
  t.match(ann.explain(bob.id), { lastDown: { reason: 'closed' } })
})
