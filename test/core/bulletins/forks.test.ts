import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import { closes, frames, only, Peer, warnings } from '../../helpers/core-bench.js'
import {
  Author, delivered, digest, evidenceOf, Stand, wanted, type Signed,
} from '../../helpers/bulletin-bench.js'

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly other: LinkId
  /** The same log twice, until one says something else. */
  readonly one: Author
  readonly two: Author
}

function scene (): Scene {
  const stand = new Stand()
  const [author = new Peer(2), ...peers] = stand.larger(3)
  const [link = 0 as LinkId, other = 0 as LinkId] = peers.map(peer => stand.ready(peer))
  return { stand, link, other, one: new Author(author), two: new Author(author) }
}

const content = (fill: number): { contents: Uint8Array[] } =>
  ({ contents: [new Uint8Array(9).fill(fill)] })

/** The first batch of both, then two versions of the second. */
function forked ({ one, two }: Scene): { base: Signed, a: Signed, b: Signed } {
  const base = one.sign(content(1))
  two.sign(content(1))
  return { base, a: one.sign(content(2)), b: two.sign(content(3)) }
}

function isNoticed (effects: readonly Effect[]): boolean {
  return warnings(effects).includes('log-forked')
}

t.test('two versions of a batch are noticed and told once on every link', t => {
  const all = scene()
  const { stand, link, other, one } = all
  const { base, a, b } = forked(all)
  stand.say(link, base.frame, a.frame)
  const effects = stand.say(other, b.frame)
  t.ok(isNoticed(effects))
  const told = only(effects, 'send').filter(({ frame }) => frame.type === 'evidence')
  t.same(told.map(({ links }) => [...links].sort()), [[link, other].sort()])
  t.same(closes(effects), [], 'who passed it on is not to blame')
  const again = stand.say(link, b.frame, one.sign().frame)
  t.same([frames(again, 'evidence'), delivered(again, one)], [[], []], 'no more of that log')
  t.end()
})

t.test('the evidence is such that others take it', t => {
  const all = scene()
  const { stand, link, other } = all
  const { base, a, b } = forked(all)
  stand.say(link, base.frame, a.frame)
  const [evidence] = frames(stand.say(other, b.frame), 'evidence')
  const further = scene()
  further.stand.say(further.link, base.frame)
  t.ok(evidence !== undefined && isNoticed(further.stand.say(further.link, evidence)))
  t.same(delivered(further.stand.say(further.link, a.frame), further.one), [])
  t.end()
})

t.test('a batch that does not join the one before it is noticed', t => {
  const all = scene()
  const { stand, link, one, two } = all
  one.sign(content(1))
  stand.say(link, two.sign(content(4)).frame)
  t.ok(isNoticed(stand.say(link, one.sign().frame)))
  t.end()
})

t.test('and so is one that the next does not join', t => {
  const all = scene()
  const { stand, link, one, two } = all
  one.sign(content(1))
  stand.say(link, one.sign().frame)
  t.ok(isNoticed(stand.say(link, two.sign(content(4)).frame)))
  t.end()
})

t.test('a row that ends alike with another head is looked into', t => {
  const all = scene()
  const { stand, link, other, one } = all
  const { base, a, b } = forked(all)
  stand.say(link, base.frame, a.frame)
  const row = one.row(1, 2, { headHash: new Uint8Array(8).fill(1) })
  t.same(wanted(stand.say(other, digest([row])), other), ['2-2'])
  t.same(wanted(stand.say(other, digest([row])), other), [], 'not twice')
  t.ok(isNoticed(stand.say(other, b.frame)))
  t.end()
})

t.test('evidence that proves nothing closes the link', t => {
  const all = scene()
  const { one, two } = all
  const { base, a, b } = forked(all)
  const stranger = new Author(new Peer(99)).sign()
  const later = one.sign()
  const torn = (signed: Signed): Signed =>
    ({ ...signed, signature: signed.signature.map(x => x ^ 1) })
  const lies = [
    evidenceOf(a, a), evidenceOf(base, a), evidenceOf(base, later), evidenceOf(a, stranger),
    evidenceOf(torn(a), b), evidenceOf(a, torn(b)),
    { ...evidenceOf(a, b), one: { headBytes: new Uint8Array(3), signature: a.signature } },
  ]
  for (const lie of lies) {
    const { stand, link } = scene()
    stand.say(link, base.frame)
    const effects = stand.say(link, lie)
    t.same([closes(effects), isNoticed(effects)], [[link], false])
  }
  t.ok(two)
  t.end()
})

t.test('evidence on a log that nobody here has is nothing', t => {
  const all = scene()
  const { a, b } = forked(all)
  const effects = all.stand.say(all.link, evidenceOf(a, b))
  t.same([closes(effects), frames(effects, 'evidence'), warnings(effects)], [[], [], []])
  t.end()
})

t.test('who shows that it does not know of a fork is told, once on a link', t => {
  const all = scene()
  const { stand, link, other, one } = all
  const { base, a, b } = forked(all)
  stand.say(link, base.frame, a.frame)
  stand.say(other, b.frame)
  const [, , , latecomer = new Peer(4)] = stand.larger(4)
  const late = stand.ready(latecomer)
  const told = frames(stand.say(late, digest([one.row(1, 2)])), 'evidence', late)
  t.equal(told.length, 1)
  const further = scene()
  further.stand.say(further.link, base.frame)
  t.ok(isNoticed(further.stand.say(further.link, ...told)), 'it proves it')
  t.same(frames(stand.say(late, digest([one.row(1, 1)])), 'evidence'), [], 'not twice')
  t.end()
})

t.test('a fork is remembered though nothing of the log is held', t => {
  const { stand, link, one, two } = scene()
  stand.say(link, one.sign({ ...content(1), atSeconds: 500 }).frame)
  const base = two.sign(content(2))
  const again = new Author(two.peer).sign(content(3))
  t.ok(isNoticed(stand.say(link, evidenceOf(base, again))))
  stand.live(2 * BULLETIN_LIMITS.expireEveryMs)
  t.same(delivered(stand.say(link, base.frame), two), [])
  t.end()
})

t.test('only so many heads of a link are compared', t => {
  const { stand, link, other } = scene()
  const peers = stand.larger(BULLETIN_LIMITS.suspicionsMax + 12).slice(3)
  const rows = peers.map(peer => {
    const author = new Author(peer)
    stand.say(link, author.sign().frame)
    return author.row(1, 1, { headHash: new Uint8Array(8).fill(1) })
  })
  t.equal(wanted(stand.say(other, digest(rows))).length, BULLETIN_LIMITS.suspicionsMax)
  t.end()
})
