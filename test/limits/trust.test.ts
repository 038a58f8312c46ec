/** Fills every limit of keys, clocks and twins. */
import { generateKeyPairSync, KeyObject, randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { Self } from '../../src/core/self.js'
import type { Effect } from '../../src/core/effect.js'
import { TRUST_LIMITS as limits } from '../../src/limits.js'
import { createIdentity } from '../../src/tls/keys.js'
import { unsupportedKey } from '../../src/tls/public-key.js'
import { createSuite } from '../../src/tls/suite.js'
import { Stand } from '../helpers/bulletin-bench.js'
import {
  Bench, BULLETINS, EPOCH_MS, frames, HOUR_MS, NETWORK_HASH, only, Peer, SECOND_MS, warnings,
} from '../helpers/core-bench.js'
import { fill } from './fill.js'

const me = new Peer(1)
const FUTURE = (EPOCH_MS + HOUR_MS) * 1_024

function self (): Self {
  const node = new Self(me.keys.suite, {
    me: me.id, publicKey: me.keys.publicKey, networkHash: NETWORK_HASH, admission: 'open',
    connect: [], advertise: [], periodMs: 5_000, text: null, name: 'me', ephemeral: true,
    linksMax: 256, membersMax: 1_024, rejoinMs: 600_000, bulletins: BULLETINS,
  })
  node.setInterfaces(['10.0.0.1:1'], 1)
  node.draw(0, EPOCH_MS, 0)
  return node
}

/** What the hello of a peer whose clock is so far ahead leads to. */
function ahead (byMs: number): Effect[] {
  const bench = new Bench()
  const [peer] = bench.larger()
  const hello = bench.hello(peer!, { wallMs: bench.wallMs + byMs })
  return bench.say(bench.open(peer!), hello, bench.welcome(peer!))
}

/** Warnings after so many replacements of one identity, each so long after the one before. */
function replaced (count: number, everyMs: number): string[] {
  const bench = new Bench()
  const [peer] = bench.larger()
  bench.ready(peer!)
  const effects: Effect[] = []
  for (let i = 0; i < count; i++) {
    if (i > 0) bench.live(everyMs)
    peer!.incarnation++
    effects.push(...bench.greet(bench.open(peer!), peer!))
  }
  return warnings(effects)
}

fill('TRUST_LIMITS', {
  rsaBitsMin: t => {
    const ofBits = (modulusLength: number): string | null =>
      unsupportedKey(generateKeyPairSync('rsa', { modulusLength }).publicKey)
    t.equal(ofBits(limits.rsaBitsMin), null)
    t.match(ofBits(limits.rsaBitsMin - 8), /RSA key of/)
  },
  keysKeptMax: t => {
    const suite = createSuite(createIdentity('ed25519'))
    const kept = keptKeys(t)
    const prefix = Buffer.from('302a300506032b6570032100', 'hex')
    const keys = Array.from({ length: limits.keysKeptMax + 1 }, () =>
      new Uint8Array(Buffer.concat([prefix, randomBytes(32)])))
    for (const key of keys) suite.verify(key, new Uint8Array(1), new Uint8Array(64))
    const names = [...kept.map?.keys() ?? []]
    t.equal(names.length, limits.keysKeptMax)
    t.equal(names[0], Buffer.from(keys[1]!).toString('latin1'), 'the oldest went')
  },
  seenAtMax: t => {
    const node = self()
    const [one, other] = [new Peer(2), new Peer(3)]
    for (let i = 0; i <= limits.seenAtMax; i++) node.noteSeenAt(one.id, `203.0.113.${i}:1`)
    t.notOk(node.noteSeenAt(other.id, `203.0.113.${limits.seenAtMax}:1`), 'one more is not noted')
    t.ok(node.noteSeenAt(other.id, `203.0.113.${limits.seenAtMax - 1}:1`))
  },
  seenAtWitnesses: t => {
    const node = self()
    for (let i = 1; i < limits.seenAtWitnesses; i++) {
      t.notOk(node.noteSeenAt(new Peer(100 + i).id, '203.0.113.1:1'))
    }
    t.ok(node.noteSeenAt(new Peer(100).id, '203.0.113.1:1'))
  },
  clockSkewWarnMs: t => {
    t.same(warnings(ahead(limits.clockSkewWarnMs)), [])
    t.same(warnings(ahead(limits.clockSkewWarnMs + 1)), ['clock-skew'])
  },
  clockSkewPublishMs: t => {
    const failures = (byMs: number): string[] => {
      const stand = new Stand()
      const [peer = me] = stand.larger()
      const hello = stand.hello(peer, { wallMs: stand.wallMs + byMs })
      stand.say(stand.open(peer), hello, stand.welcome(peer))
      return only(stand.publish(), 'publish-failed').map(({ code }) => code)
    }
    t.same(failures(limits.clockSkewPublishMs), [])
    t.same(failures(limits.clockSkewPublishMs + 1), ['clock-skew'])
  },
  clockSkewRefuseMs: t => {
    const refusal = (byMs: number): string | undefined => frames(ahead(byMs), 'refuse')[0]?.code
    t.equal(refusal(limits.clockSkewRefuseMs), undefined)
    t.equal(refusal(limits.clockSkewRefuseMs + 1), 'clock-skew')
    t.equal(refusal(-limits.clockSkewRefuseMs - 1), 'clock-skew')
  },
  contestMs: t => {
    const bench = new Bench()
    const link = bench.ready(bench.larger()[0]!)
    bench.tell(link, me.entry({ incarnation: FUTURE }, false))
    t.same(only(bench.live(limits.contestMs - 1), 'store-incarnation'), [])
    t.equal(only(bench.live(1), 'store-incarnation').length, 1)
  },
  cloneReplacements: t => {
    t.same(replaced(limits.cloneReplacements - 1, SECOND_MS), [])
    t.same(replaced(limits.cloneReplacements, SECOND_MS), ['clone-suspected'])
  },
  cloneWindowMs: t => {
    const spans = limits.cloneReplacements - 1
    t.same(replaced(limits.cloneReplacements, (limits.cloneWindowMs - 1) / spans),
      ['clone-suspected'])
    t.same(replaced(limits.cloneReplacements, limits.cloneWindowMs / spans), [])
  },
})

/** The map in which a suite keeps its keys, found as it is first written to. */
function keptKeys (t: Test): { map: Map<string, KeyObject> | null } {
  const found: { map: Map<string, KeyObject> | null } = { map: null }
  const { set } = Map.prototype
  t.teardown(() => { Map.prototype.set = set })
  Map.prototype.set = function (key: unknown, value: unknown) {
    if (value instanceof KeyObject) found.map = this as Map<string, KeyObject>
    return set.call(this, key, value)
  }
  return found
}
