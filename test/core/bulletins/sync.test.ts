import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../../src/limits.js'
import type { LogDigest } from '../../../src/wire/frame.js'
import { BULLETINS, EPOCH_MS, frames, HOUR_MS, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import { Author, digest, Stand, wanted } from '../../helpers/bulletin-bench.js'

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly peer: Peer
  readonly author: Author
}

function scene (bulletins = BULLETINS): Scene {
  const stand = new Stand({ bulletins })
  const [peer = new Peer(2), stranger = new Peer(3)] = stand.larger(2)
  return { stand, link: stand.ready(peer), peer, author: new Author(stranger) }
}

/** Digests sent: `root`, `rows`, or `answer`. */
function told (effects: readonly Effect[]): string[] {
  return frames(effects, 'log-digest').map(({ rows, answer }) =>
    rows === null ? 'root' : answer ? 'answer' : 'rows')
}

function rootOf (stand: Stand, link: LinkId): Uint8Array {
  const effects = stand.say(link, digest([], false, 9))
  return frames(effects, 'log-digest', link)[0]?.root ?? new Uint8Array()
}

t.test('who holds nothing says nothing, who holds something begins with its root', t => {
  const { stand, link, author } = scene()
  t.same(told(stand.live(3 * BULLETIN_LIMITS.exchangeEveryMs)), [])
  stand.say(link, author.sign().frame)
  const [, , other = new Peer(4)] = stand.larger(3)
  stand.ready(other)
  t.same(told(stand.seen.map(({ effect }) => effect)), ['root'])
  t.same(told(stand.live(BULLETIN_LIMITS.exchangeEveryMs)), ['root'])
  t.end()
})

t.test('an equal root is the end of it', t => {
  const { stand, link, author } = scene()
  stand.say(link, author.sign().frame)
  const root = rootOf(stand, link)
  stand.live(BULLETIN_LIMITS.rowsAgainMs)
  t.same(told(stand.say(link, { type: 'log-digest', root, rows: null, answer: false })), [])
  t.same(told(stand.say(link, digest(null))), ['rows'])
  t.end()
})

t.test('rows are answered with rows once, and answers with nothing', t => {
  const { stand, link, author } = scene()
  stand.say(link, author.sign().frame)
  const effects = stand.say(link, digest([author.row(1, 3)]))
  t.same(told(effects), ['answer'])
  t.same(wanted(effects), ['2-3'])
  t.same(told(stand.say(link, digest([author.row(1, 3)]))), [], 'of several frames the first')
  t.same(told(stand.say(link, digest([author.row(1, 3)], true))), [])
  t.end()
})

t.test('rows tell positions, the newest timestamp and the beginning of the last head', t => {
  const { stand, link, author } = scene()
  const all = author.signAll(5, { atSeconds: 7 })
  for (const index of [0, 1, 4]) stand.say(link, all[index]?.frame ?? digest(null))
  const [row] = frames(stand.say(link, digest(null)), 'log-digest')[0]?.rows ?? []
  t.same(row, {
    author: author.peer.id, incarnation: author.incarnation, newest: EPOCH_MS / 1_000 + 7,
    headHash: author.peer.keys.suite.hash(all[4]?.headBytes ?? new Uint8Array()).slice(0, 8),
    held: [{ first: 1, last: 2 }, { first: 5, last: 5 }],
  })
  t.end()
})

t.test('two stores of different rules come to rest: nothing but roots', t => {
  const { stand, link, author } = scene({ ...BULLETINS, retainMs: 600_000 })
  const old = author.sign({ atSeconds: -1_000 })
  const young = author.sign()
  stand.say(link, old.frame, young.frame)
  const headHash = author.peer.keys.suite.hash(young.headBytes).slice(0, 8)
  const rows = [author.row(1, 2, { headHash })]
  t.same(wanted(stand.say(link, digest(rows))), [], 'what expired here is settled')
  for (let i = 0; i < 5; i++) {
    const effects = stand.live(BULLETIN_LIMITS.exchangeEveryMs)
    t.same(told(effects), ['root'])
    t.same([wanted(effects), told(stand.say(link, digest(null)))], [[], []])
  }
  t.same(told(stand.say(link, digest(null, false, 2))), ['rows'], 'until something changes')
  t.end()
})

t.test('what this node refused is not fetched again and again', t => {
  const { stand, link, author } = scene()
  stand.verdict = 'under-worked'
  stand.say(link, author.sign().frame)
  stand.verdict = 'good'
  for (let i = 0; i < 5; i++) {
    stand.live(BULLETIN_LIMITS.expireEveryMs)
    t.same(wanted(stand.say(link, digest([author.row(1, 1)]))), [])
  }
  t.end()
})

t.test('expired rows, the own log and what may not be taken are not asked for', t => {
  const { stand, link, author, peer } = scene()
  const expired = author.row(1, 3, { newest: (EPOCH_MS - 2 * HOUR_MS) / 1_000 })
  const own = new Author(stand.me, stand.ownLog().incarnation).row(1, 3)
  t.same(wanted(stand.say(link, digest([expired, own]))), [])
  for (let i = 1; i <= BULLETIN_LIMITS.logsPerAuthorMax; i++) {
    stand.say(link, new Author(peer, peer.incarnation + i).sign().frame)
  }
  t.same(wanted(stand.say(link, digest([new Author(peer).row(1, 3)]))), [], 'eight newer ones')
  t.end()
})

t.test('more logs than fit a frame go in several', t => {
  const { stand, link } = scene()
  const peers = stand.larger(BULLETIN_LIMITS.strangersMax + 1).slice(1)
  for (const peer of peers) {
    for (let i = 0; i < BULLETIN_LIMITS.logsPerAuthorMax; i++) {
      stand.say(link, new Author(peer, peer.incarnation + i).sign().frame)
    }
  }
  const extra = new Author(peersFirst(stand))
  stand.say(link, extra.sign().frame)
  const sent = frames(stand.say(link, digest(null)), 'log-digest') as LogDigest[]
  t.same(sent.map(({ rows }) => rows?.length), [WIRE_LIMITS.logRowsPerFrameMax, 1])
  t.end()
})

t.test('a flood of digests is answered once in a while', t => {
  const { stand, link, author } = scene()
  stand.say(link, author.sign().frame)
  let rows = 0
  for (let i = 0; i < 1_000; i++) {
    rows += told(stand.say(link, digest(i % 2 === 0 ? null : [], false, i % 250))).length
    if (i % 100 === 99) stand.live(SECOND_MS)
  }
  t.ok(rows <= 7, `${rows} answers and roots in 10 s`)
  t.end()
})

function peersFirst (stand: Stand): Peer {
  return stand.larger(1)[0] ?? new Peer(2)
}
