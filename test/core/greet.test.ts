import t, { type Test } from 'tap'
import type { Effect } from '../../src/core/effect.js'
import { LINK_LIMITS } from '../../src/limits.js'
import type { Hello, Refuse } from '../../src/wire/frame.js'
import {
  Bench, closes, DAY_MS, frames, Peer, peersOn, ups, warnings,
} from '../helpers/core-bench.js'

const me = new Peer(1)

/** The refusal that a hello on a fresh link meets, or undefined. */
function refusalOf (
  t: Test, bench: Bench, peer: Peer, over: Partial<Hello>,
): Refuse | undefined {
  const link = bench.open(peer)
  const effects = bench.say(link, bench.hello(peer, over))
  const [refuse] = frames(effects, 'refuse', link)
  t.same(closes(effects), refuse === undefined ? [] : [link], 'closed exactly when refused')
  return refuse
}

function isProtocolError (t: Test, effects: readonly Effect[], link: number): void {
  t.same(frames(effects, 'error').map(({ code }) => code), ['protocol'])
  t.same(closes(effects), [link])
  t.same(ups(effects).filter(what => what === 'up'), [])
}

t.test('both ends say hello at once, before they heard anything', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  const hello = frames(bench.seen.map(({ effect }) => effect), 'hello', link)[0]
  t.match(hello, {
    version: 1, admission: 'open', wallMs: bench.wallMs, seenAt: peer!.address, linkless: true,
  })
  bench.greet(link, peer!)
  const other = bench.open(bench.larger(2)[1]!)
  t.equal(frames(bench.seen.map(({ effect }) => effect), 'hello', other)[0]?.linkless, false)
})

t.test('a hello of another version, network or admission is refused by that name', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  t.equal(refusalOf(t, bench, peer!, { version: 2 })?.code, 'version')
  t.equal(refusalOf(t, bench, peer!, { network: new Uint8Array(32).fill(8) })?.code, 'network')
  t.equal(refusalOf(t, bench, peer!, { admission: 'invite' })?.code, 'admission')
  t.equal(refusalOf(t, bench, peer!, {}), undefined)
})

t.test('a clock more than a day off is refused on either side, a day is not', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  t.equal(refusalOf(t, bench, peer!, { wallMs: bench.wallMs + DAY_MS + 1 })?.code, 'clock-skew')
  t.equal(refusalOf(t, bench, peer!, { wallMs: bench.wallMs - DAY_MS - 1 })?.code, 'clock-skew')
  t.equal(refusalOf(t, bench, peer!, { wallMs: bench.wallMs + DAY_MS }), undefined)
})

t.test('an older incarnation than the one known is refused as stale, with the newer record',
  async t => {
    const bench = new Bench()
    const [peer] = bench.larger()
    bench.ended(bench.ready(peer!))
    const newer = peer!.record()
    const refuse = refusalOf(t, bench, peer!, { incarnation: peer!.incarnation - 1 })
    t.equal(refuse?.code, 'stale')
    t.same(refuse?.record, newer)
    t.equal(refusalOf(t, bench, peer!, {}), undefined, 'the same incarnation is welcome')
  })

/** A node that holds all links it may have, spare ones too, and who is linked with it. */
function full (): { bench: Bench, linked: Peer[], another: Peer } {
  const bench = new Bench({ linksMax: 1 })
  const peers = bench.larger(2 + LINK_LIMITS.linksSpare)
  const linked = peers.slice(0, -1)
  for (const peer of linked) bench.ready(peer)
  return { bench, linked, another: peers.at(-1)! }
}

t.test('a node with all its links and the spare ones refuses a stranger as full', async t => {
  const { bench, another } = full()
  const refuse = refusalOf(t, bench, another, { linkless: true })
  t.match(refuse, { code: 'full', retryAfterMs: 60_000, record: null })
})

t.test('a full node names others to a stranger too, or it could not join at all', async t => {
  const { bench, linked, another } = full()
  const others = refusalOf(t, bench, another, { linkless: false })?.others
  t.same([...others ?? []].sort(), linked.map(({ address }) => address).sort())
})

t.test('a full node names others to a member', async t => {
  const { bench, linked, another } = full()
  bench.tell(bench.ready(linked[0]!), another.entry())
  const others = refusalOf(t, bench, another, {})?.others
  t.same([...others ?? []].sort(), linked.map(({ address }) => address).sort())
})

t.test('two spare slots are for peers without any link or way to them, and no third', async t => {
  for (const linkless of [true, false]) {
    const bench = new Bench({ linksMax: 1 })
    const [linked, one, two, three] = bench.larger(4)
    bench.ready(linked!)
    for (const lonely of [one!, two!]) {
      const link = bench.open(lonely)
      const effects = bench.say(link, bench.hello(lonely, { linkless }), bench.welcome(lonely))
      t.same(ups(effects), ['up'])
    }
    t.equal(refusalOf(t, bench, three!, { linkless })?.code, 'full')
  }
})

t.test('a full node replaces the link of a peer it is linked with', async t => {
  const bench = new Bench({ linksMax: 1 })
  const [peer] = bench.larger()
  bench.ready(peer!)
  t.equal(refusalOf(t, bench, peer!, {}), undefined)
})

t.test('a welcome of another key closes the link as protocol', async t => {
  const bench = new Bench()
  const [peer, other] = bench.larger(2)
  const link = bench.open(peer!)
  isProtocolError(t, bench.say(link, bench.hello(peer!), bench.welcome(other!)), link)
})

t.test('a welcome of another incarnation than its hello closes the link as protocol', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  isProtocolError(t, bench.greet(link, peer!, { incarnation: peer!.incarnation + 1 }), link)
})

t.test('a welcome that says it left closes the link as protocol', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  isProtocolError(t, bench.greet(link, peer!, { state: 'left' }), link)
})

t.test('a welcome with a bad signature closes the link as protocol', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  const record = { ...peer!.record(), signature: new Uint8Array(32) }
  isProtocolError(t, bench.say(link, bench.hello(peer!), { type: 'welcome', record }), link)
  t.equal(bench.status(peer!), undefined, 'nothing is kept of it')
})

t.test('a welcome that is no record at all closes the link as protocol', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  const record = { body: new Uint8Array([1, 2, 3]), signature: new Uint8Array(32) }
  isProtocolError(t, bench.say(link, bench.hello(peer!), { type: 'welcome', record }), link)
})

t.test('a welcome before any hello closes the link as protocol', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  isProtocolError(t, bench.say(link, bench.welcome(peer!)), link)
})

t.test('a frame of members before the welcome closes the link as protocol', async t => {
  for (const isGreeted of [false, true]) {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.open(peer!)
    if (isGreeted) bench.say(link, bench.hello(peer!))
    isProtocolError(t, bench.say(link, { type: 'ping', sequence: 1, text: 'hi' }), link)
  }
})

t.test('a second hello closes the link as protocol, in the greeting and when ready', async t => {
  for (const isReady of [false, true]) {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.open(peer!)
    bench.say(link, bench.hello(peer!))
    if (isReady) bench.say(link, bench.welcome(peer!))
    isProtocolError(t, bench.say(link, bench.hello(peer!)), link)
  }
})

t.test('what comes after an error is not listened to', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  bench.say(link, bench.welcome(peer!))
  t.same(bench.greet(link, peer!), [])
})

t.test('bytes that are no frame close the link as protocol', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  const refusal = { type: 'refusal', code: 'frame-empty', message: 'an empty frame' } as const
  const effects = bench.post({ kind: 'frame-refused', link, refusal })
  isProtocolError(t, effects, link)
  t.same(ups(effects), ['down protocol'])
})

t.test('a greeting that takes five seconds is over', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  bench.say(link, bench.hello(peer!))
  t.same(closes(bench.live(4_999)), [])
  t.same(closes(bench.live(1)), [link])
})

t.test('a refusal of the network or the version at an address the operator named is a warning',
  async t => {
    for (const code of ['network', 'version'] as const) {
      const [peer] = new Bench().larger()
      const connect = [{ address: peer!.address, identity: null }]
      const bench = new Bench({ connect })
      const link = bench.open(peer!, askOf(bench))
      const refuse = {
        type: 'refuse', code, retryAfterMs: 5_000, record: null, others: [],
      } as const
      t.ok(warnings(bench.say(link, refuse)).includes(`${code}-mismatch`))
    }
  })

t.test('a node without a link tries one of the others that a full one names', async t => {
  const bench = new Bench()
  const [peer, other] = bench.larger(2)
  const link = bench.open(peer!)
  const effects = bench.say(link, {
    type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: [other!.address],
  })
  t.match(effects.filter(({ kind }) => kind === 'dial'), [{ address: other!.address }])
})

/** The ask of the first dial, when the deadlines that are due were handled. */
function askOf (bench: Bench): Parameters<Bench['refuseDial']>[0] {
  const [dial] = bench.advance(0).filter(effect => effect.kind === 'dial')
  return dial!.ask
}

t.test('greetings at once do not exceed the connection limit', async t => {
  for (const side of ['smaller', 'larger'] as const) {
    const bench = new Bench({ linksMax: 1 })
    const peers = peersOn(side, me, 5)
    const links = peers.map(peer => bench.open(peer))
    const effects = [
      ...links.flatMap((link, i) => bench.say(link, bench.hello(peers[i]!))),
      ...links.flatMap((link, i) => bench.say(link, bench.welcome(peers[i]!))),
    ]
    t.same(ups(effects), ['up', 'up', 'up'], `${side} peers: spare ones too`)
    t.same(frames(effects, 'refuse').map(({ code }) => code), ['full', 'full'])
  }
})
