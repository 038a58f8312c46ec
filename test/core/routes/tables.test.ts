/** Link tables of others: which are believed, kept and forgotten. */
import t from 'tap'
import type { LinkId } from '../../../src/core/event.js'
import { ROUTE_LIMITS } from '../../../src/limits.js'
import type { Stand } from '../../helpers/bulletin-bench.js'
import { closes, frames, MINUTE_MS, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import {
  around, forged, heldOf, rowsHeld, some, tableDigest, tableFrame, tablesSent,
} from '../../helpers/routes-bench.js'

/** One linked member that told a first table, and one that is known only. */
function pair (): { stand: Stand, peer: Peer, far: Peer, link: LinkId } {
  const { stand, peers, links } = around({ linked: 1, known: 1, edges: [[0, 1]], silent: [1] })
  const [peer, far] = some(peers)
  const [link] = some(links)
  return { stand, peer, far, link }
}

t.test('the newest version counts, in whatever order they come', async t => {
  const { stand, peer, link } = pair()
  stand.say(link, tableFrame(peer.table([stand.me], { version: 7, free: 3 })))
  t.equal(heldOf(stand, link, peer)?.version, 7)
  stand.say(link, tableFrame(peer.table([], { version: 6 })))
  t.equal(heldOf(stand, link, peer)?.version, 7)
  const me = stand.core.links().rows.find(({ id }) => id === peer.id)
  t.match(me, { free: 3, links: [{ peer: stand.me.id, toldBy: 'both' }] })
})

t.test('another run of a member counts before all versions of the former', async t => {
  const { stand, peer, link } = pair()
  const { incarnation } = peer
  stand.say(link, tableFrame(peer.table([], { incarnation: incarnation + 1, version: 1 })))
  stand.say(link, tableFrame(peer.table([], { version: 99 })))
  t.match(heldOf(stand, link, peer), { incarnation: incarnation + 1, version: 1 })
})

t.test('a table of a run before that of the record is passed over', async t => {
  const { stand, far, link } = pair()
  stand.say(link, tableFrame(far.table([], { incarnation: far.incarnation - 1 })))
  t.equal(heldOf(stand, link, far), null)
  t.same(closes(stand.live(SECOND_MS)), [], 'nobody\'s fault')
})

t.test('versions are compared before signatures: an old forged one costs nothing', async t => {
  const { stand, peer, link } = pair()
  let verified = 0
  const { suite } = stand.me.keys
  const { verify } = suite
  Object.assign(suite, {
    verify: (...of: Parameters<typeof verify>) => {
      verified++
      return verify(...of)
    },
  })
  t.same(closes(stand.say(link, tableFrame(forged(peer.table([], { version: 1 }))))), [])
  t.equal(verified, 0)
  stand.say(link, tableFrame(peer.table([], { version: 2 })))
  t.equal(verified, 1)
})

t.test('a table of nobody known is passed over, and taken when its record is there', async t => {
  const { stand, link } = pair()
  const stranger = new Peer(77)
  t.same(closes(stand.say(link, tableFrame(stranger.table([])))), [])
  t.equal(heldOf(stand, link, stranger), null)
  stand.tell(link, stranger.entry())
  stand.say(link, tableFrame(stranger.table([])))
  t.equal(heldOf(stand, link, stranger)?.version, 1)
})

t.test('a false signature ends the link that it came on, not its owner\'s', async t => {
  const { stand, peers, links } = around({ linked: 2, edges: [[0, 1]] })
  const [owner] = some(peers)
  const [ownersLink, otherLink] = some(links)
  const effects = stand.say(otherLink, tableFrame(forged(owner.table([], { version: 2 }))))
  t.same(closes(effects), [otherLink])
  t.equal(heldOf(stand, ownersLink, owner)?.version, 1)
})

t.test('a table that tells its links by the key of another is false', async t => {
  const { stand, peers, links } = around({ linked: 2, edges: [[0, 1]] })
  const [owner, liar] = some(peers)
  const table = liar.table([], { owner: owner.id, version: 2 })
  t.same(closes(stand.say(some(links)[1], tableFrame(table))), [some(links)[1]])
})

t.test('a table of this node that comes back is known, whatever it says', async t => {
  const { stand, link } = pair()
  const before = heldOf(stand, link, stand.me)
  const { incarnation } = before ?? { incarnation: 0 }
  stand.say(link, tableFrame(stand.me.table([], { incarnation, version: 9_000 })))
  t.same(heldOf(stand, link, stand.me), before)
})

t.test('too many tables of one owner are passed over, those of others are not', async t => {
  const { stand, peer, far, link } = pair()
  const { tablesBurstMax, tablesPerSecondMax } = ROUTE_LIMITS
  stand.live(20 * SECOND_MS)
  for (let version = 2; version < 2 * tablesBurstMax; version++) {
    t.same(closes(stand.say(link, tableFrame(peer.table([], { version })))), [])
  }
  t.equal(heldOf(stand, link, peer)?.version, 1 + tablesBurstMax)
  stand.say(link, tableFrame(far.table([])))
  t.equal(heldOf(stand, link, far)?.version, 1)
  stand.live(SECOND_MS / tablesPerSecondMax)
  stand.say(link, tableFrame(peer.table([], { version: 99 })))
  t.equal(heldOf(stand, link, peer)?.version, 99)
})

t.test('the table of who left is dropped, and a digest does not bring it back', async t => {
  const { stand, far, link } = pair()
  stand.say(link, tableFrame(far.table([])))
  t.equal(stand.core.links().rows.length, 3)
  stand.tell(link, far.entry({ state: 'left', version: 2 }))
  t.equal(stand.core.links().rows.length, 2, 'it is not told of at once')
  stand.live(MINUTE_MS)
  t.equal(heldOf(stand, link, far), null)
  const rows = [...rowsHeld(stand, link), { identity: far.id, incarnation: 1, version: 9 }]
  stand.live(20 * SECOND_MS)
  t.same(frames(stand.say(link, tableDigest(rows)), 'table-digest'), [], 'it is not asked for')
  stand.say(link, tableFrame(far.table([], { version: 9 })))
  t.equal(heldOf(stand, link, far), null)
})

t.test('hashes of digests are equal when the same versions are held, in whatever order they came',
  async t => {
    const hashes = [[0, 1], [1, 0]].map(order => {
      const { stand, peers, links } = around({ linked: 1, known: 2, silent: [0, 1, 2] })
      const [link] = some(links)
      for (const place of order) {
        stand.say(link, tableFrame((peers[place + 1] ?? stand.me).table([])))
      }
      return frames(stand.say(link, tableDigest(null)), 'table-digest')[0]?.hash
    })
    t.same(hashes[0], hashes[1])
    t.ok(hashes[0])
  })

t.test('what both tell of a link that ended is no way any more', async t => {
  const { stand, peer, link } = pair()
  t.equal(stand.core.path(peer.id)?.hops, 1)
  stand.ended(link)
  t.equal(stand.core.path(peer.id), null, 'though both tables still tell it')
  t.equal(stand.status(peer), 'lost')
  const effects = stand.live(5 * SECOND_MS)
  t.same(tablesSent(effects), [], 'there is nobody to tell')
  const own = stand.core.links().rows.find(({ id }) => id === stand.me.id)
  t.match(own?.links, [{ peer: peer.id, toldBy: 'peer' }], 'this node does not tell it')
})
