import t from 'tap'
import type { LinkId } from '../../src/core/event.js'
import {
  isGreeted, Links, LINK_TRANSITIONS, type LinkEntry, type LinkState,
} from '../../src/core/links.js'
import { Peer } from '../helpers/core-bench.js'

const peer = new Peer(5)
const READY = { at: 'ready', incarnation: 1 } as const
const OBSOLETE = { at: 'obsolete', incarnation: 1 } as const
const CLOSING = { at: 'closing', reason: 'local' } as const
const GREETING = { at: 'greeting', hello: null, welcomed: false } as const

function entryOf (id: number): LinkEntry {
  return {
    id: id as LinkId,
    peer: peer.id,
    publicKey: peer.keys.publicKey,
    remote: peer.address,
    ask: null,
    dialled: null,
    openedMs: 0,
    refusals: 0,
    state: GREETING,
  }
}

function withLinks (count: number): { links: Links, entries: LinkEntry[] } {
  const links = new Links()
  const entries = Array.from({ length: count }, (_, i) => entryOf(i + 1))
  for (const entry of entries) links.add(entry)
  return { links, entries }
}

t.test('every move outside the table is an assertion, every one inside is made', async t => {
  const states: LinkState[] = [GREETING, READY, OBSOLETE, CLOSING]
  for (const from of states) {
    for (const to of states) {
      const { links, entries: [entry] } = withLinks(1)
      entry!.state = from
      const move = (): void => { links.move(entry!, to) }
      if (LINK_TRANSITIONS[from.at].includes(to.at)) {
        move()
        t.equal(entry!.state, to, `${from.at} → ${to.at}`)
      } else {
        t.throws(move, `${from.at} → ${to.at}`)
      }
    }
  }
})

t.test('a second ready link of one peer is an assertion', async t => {
  const { links, entries: [one, other] } = withLinks(2)
  links.move(one!, READY)
  t.throws(() => { links.move(other!, READY) }, /one ready link/)
})

t.test('a ready link that becomes obsolete makes room for another, and may come back', async t => {
  const { links, entries: [one, other] } = withLinks(2)
  links.move(one!, READY)
  links.move(one!, OBSOLETE)
  links.move(other!, READY)
  t.equal(links.readyOf(peer.id), other)
  t.equal(links.readyCount, 1)
  links.move(other!, CLOSING)
  t.equal(links.readyOf(peer.id), undefined)
  links.move(one!, READY)
  t.equal(links.readyOf(peer.id), one)
})

t.test('a closing link is none of its peer any more, but is still known until it ended',
  async t => {
    const { links, entries: [one, other] } = withLinks(2)
    links.move(one!, CLOSING)
    t.same(links.ofPeer(peer.id), [other])
    t.equal(links.get(1 as LinkId), one)
    links.remove(one!)
    t.equal(links.get(1 as LinkId), undefined)
    links.remove(other!)
    t.same(links.ofPeer(peer.id), [])
    t.same([...links.all()], [])
  })

t.test('a ready link that ended is ready no more', async t => {
  const { links, entries: [one] } = withLinks(1)
  links.move(one!, READY)
  links.remove(one!)
  t.equal(links.readyCount, 0)
  t.same([...links.ready()], [])
})

t.test('members speak on ready and obsolete links only', async t => {
  const greeted = [GREETING, READY, OBSOLETE, CLOSING].filter(state =>
    isGreeted({ ...entryOf(1), state }))
  t.same(greeted.map(({ at }) => at), ['ready', 'obsolete'])
})
