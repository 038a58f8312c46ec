/** Well-formed lies: about others, about the victim, about who left. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createIdentity } from '../../src/tls/keys.js'
import { encodeFrame } from '../../src/wire/encode.js'
import {
  Attacker, HOST, identityAbove, incarnationNow, Mesh, networkHash, notingTransport, pause,
  recordOf, recordsFrame, Strangers, until,
} from '../helpers/attacker.js'

const DAY_MS = 86_400_000

t.test('lies about members', async t => {
  const victimIdentity = createIdentity('ed25519')
  const mesh = await Mesh.start(t, { key: victimIdentity.key })
  const { port, victim } = mesh
  const isKnown = (id: string): boolean => victim.node.peers().some(peer => peer.id === id)

  t.test('a record with a bad signature or of another network ends its teller', async t => {
    const stranger = createIdentity('ed25519')
    const { body, signature } = recordOf(stranger)
    const bent = body.slice()
    bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1
    for (const record of [
      { body, signature: randomBytes(64) },
      { body: bent, signature },
      recordOf(stranger, {}, networkHash('another')),
      { body: randomBytes(200), signature },
    ]) {
      const attacker = await Attacker.member(t, port)
      attacker.send(recordsFrame([record]))
      t.match(await attacker.ended(), /^protocol: /)
      t.same(victim.downs(attacker.identity.id), ['protocol'])
    }
    t.notOk(isKnown(stranger.id))
    await mesh.isUnharmed(t)
  })

  t.test('records of the future and of the dead are passed over', async t => {
    const attacker = await Attacker.member(t, port)
    const times = [Date.now() + 2 * DAY_MS, Date.now() - 8 * DAY_MS, 0, Number.MAX_SAFE_INTEGER]
    const strangers = times.map(issuedMs => ({ issuedMs, identity: createIdentity('ed25519') }))
    attacker.send(recordsFrame(strangers.map(({ identity, issuedMs }) =>
      recordOf(identity, { issuedMs }))))
    await pause(300)
    t.same(strangers.filter(({ identity }) => isKnown(identity.id)), [])
    t.equal(attacker.isOver, false, 'which is nobody\'s fault')
    await mesh.isUnharmed(t)
  })

  t.test('the victim as its own subject: forged, older or as old, it does not go quiet',
    async t => {
      const attacker = await Attacker.member(t, port)
      const { record } = await attacker.frame('welcome')
      attacker.send(recordsFrame([record, recordOf(victimIdentity, { incarnation: 1 })], true))
      await pause(300)
      t.equal(attacker.isOver, false)
      const forged = recordOf(victimIdentity, { incarnation: incarnationNow() + 1_024 })
      attacker.send(recordsFrame([{ ...forged, signature: randomBytes(64) }], true))
      t.match(await attacker.ended(), /signature/)
      await mesh.isUnharmed(t)
    })

  t.test('refuse with a record of somebody else, an older or a forged one', async t => {
    const first = await Attacker.member(t, port)
    const { record: own } = await first.frame('welcome')
    const forged = recordOf(victimIdentity, { incarnation: incarnationNow() * 2 })
    const lies = [
      recordOf(createIdentity('ed25519')),
      own,
      recordOf(victimIdentity, { incarnation: 1 }),
      { ...forged, signature: randomBytes(64) },
      { body: randomBytes(100), signature: randomBytes(64) },
      null,
    ]
    for (const code of ['stale', 'replaced'] as const) {
      for (const record of lies) {
        const early = await Attacker.connect(t, port)
        early.say({ type: 'refuse', code, retryAfterMs: 2 ** 50, record, others: [] })
        first.say({ type: 'refuse', code, retryAfterMs: 2 ** 50, record, others: [] })
        await pause(20)
      }
    }
    t.notOk(victim.hasWarned(), 'no warning of a twin')
    await mesh.isUnharmed(t)
    const late = await mesh.victim.node.connect(`${HOST}:${mesh.others[0]?.node.port ?? 0}`)
    t.equal(late, mesh.others[0]?.node.id, 'and the victim still dials')
  })

  t.test('a stranger told before the greeting, in a refuse, is not remembered', async t => {
    const stranger = createIdentity('ed25519')
    const attacker = await Attacker.connect(t, port)
    const record = recordOf(stranger)
    attacker.say({ type: 'refuse', code: 'stale', retryAfterMs: 0, record, others: [] })
    await attacker.ended()
    t.notOk(isKnown(stranger.id))
  })

  t.test('a leave of another member, forged or validly signed, ends its teller only', async t => {
    const member = createIdentity('ed25519')
    const told = recordOf(member, { state: 'left' })
    const honest = mesh.others[0]?.node.id ?? ''
    const attacker = await Attacker.member(t, port)
    const { record } = await attacker.frame('welcome')
    for (const lie of [told, record, { body: told.body, signature: randomBytes(64) }]) {
      const liar = await Attacker.member(t, port)
      liar.send(encodeFrame({ type: 'leave', record: lie }))
      t.match(await liar.ended(), /a leave without the record/)
      t.same(victim.downs(liar.identity.id), ['protocol'])
    }
    t.equal(victim.isLinkedWith(honest), true)
    await mesh.isUnharmed(t)
  })

  t.test('its own leave with the present incarnation of hello is taken at its word', async t => {
    const attacker = await Attacker.member(t, port)
    const record = recordOf(attacker.identity, { state: 'left', version: 2 })
    attacker.say({ type: 'leave', record })
    await until(() => victim.downs(attacker.identity.id).length > 0, 2_000, 'link-down')
    t.same(victim.downs(attacker.identity.id), ['left'])
    await mesh.isUnharmed(t)
  })

  t.test('two liars cannot push the victim\'s own address out of its record', async t => {
    for (let i = 1; i <= 9; i++) {
      const seenAt = `203.0.113.${i}:4000`
      await Attacker.member(t, port, { hello: { seenAt } })
      await Attacker.member(t, port, { hello: { seenAt } })
    }
    const witness = await Attacker.member(t, port)
    const { record } = await witness.frame('welcome')
    t.ok(Buffer.from(record.body).includes(`${HOST}:${port}`), 'where it really listens')
    await mesh.isUnharmed(t)
  })
})

t.test('alive told over and over of a lost member does not make the victim dial without end',
  async t => {
    let own = createIdentity('ed25519')
    // Not the largest there is: somebody must be above it.
    while (own.id > 'y') own = createIdentity('ed25519')
    const dialled: string[] = []
    const mesh = await Mesh.start(t, { key: own.key }, { transport: notingTransport(own, dialled) })
    const { port, victim } = mesh
    const record = { addresses: [`${HOST}:1`] }
    const gone = await Attacker.member(t, port, { record }, identityAbove(own.id))
    gone.destroy()
    await until(() => victim.downs(gone.identity.id).length === 1, 2_000, 'its loss')
    const attacker = await Attacker.member(t, port)
    const members = [{ identity: gone.identity.id, incarnation: incarnationNow() }]
    const alive = encodeFrame({ type: 'alive', members })
    const endMs = performance.now() + 3_000
    while (performance.now() < endMs) {
      attacker.send(alive)
      await pause(2)
    }
    t.comment(`${dialled.length} dials in 3 s`)
    t.ok(dialled.length < 30, `${dialled.length} dials of one lost member in 3 s`)
    await mesh.isUnharmed(t)
  })

t.test('strangers in their thousands: 128 of a teller, 512 in all, and few dials', async t => {
  const own = createIdentity('ed25519')
  const dialled: string[] = []
  const mesh = await Mesh.start(t, { key: own.key }, { transport: notingTransport(own, dialled) })
  const { victim, port } = mesh
  const known = (): number => victim.node.peers().length
  dialled.length = 0
  const strangers = new Strangers({ addresses: [`${HOST}:1`] })
  const startMs = performance.now()
  for (let teller = 1; teller <= 6; teller++) {
    const attacker = await Attacker.member(t, port)
    for (let i = 0; i < 4; i++) attacker.send(recordsFrame(strangers.some(128)))
    await until(() => known() >= 2 + teller + Math.min(512, teller * 128), 3_000, 'those held')
    await pause(100)
    t.equal(known(), 2 + teller + Math.min(512, teller * 128), `${teller} tellers`)
  }
  const seconds = (performance.now() - startMs) / 1_000
  const most = 6 * (64 + 4 * seconds)
  t.comment(`${dialled.length} dials in ${seconds.toFixed(1)} s`)
  t.ok(dialled.length <= most, `${dialled.length} dials, ${Math.round(most)} are allowed`)
  await mesh.isUnharmed(t)
})
