/**
 * A member behind a line of 64 kbit/s while an author publishes many times more than that takes:
 * the link stays up at both ends, the author hears it in time, and what was missed comes when the
 * line is quick. In network namespaces with a shaped wire where the machine has them; else through
 * a slow proxy, where the kernel's buffers of loopback take what a network would not, so that less
 * is published. A minute of it: `SLOW_LINE_MS=60000`.
 */
import t, { type Test } from 'tap'
import { LINK_LIMITS, PULSE_LIMITS } from '../../src/limits.js'
import { BulletinMember, untilAsync, untilLinked } from '../helpers/bulletin-member.js'
import { openNamespaces } from '../helpers/grounds/namespaces.js'
import { freshHost } from '../helpers/processes.js'
import { SlowProxy } from '../helpers/slow-proxy.js'

const SLOW_MS = Number(process.env['SLOW_LINE_MS'] ?? 15_000)
const BYTES_PER_SECOND = 8_000
const BYTES = 4_096
/** More than the outbox of a link takes. */
const SHAPED_BYTES = 1.5 * LINK_LIMITS.outboxBytesMax
/** What loopback itself swallows, and still eight times what the line takes in the short form. */
const PROXIED_BYTES = 1_000_000
const PERIOD_MS = 500
const TEST_MAX_MS = SLOW_MS + 180_000

interface Pair {
  readonly author: BulletinMember
  readonly reader: BulletinMember
  /** What is published meanwhile. */
  readonly bytes: number
  readonly quicken: () => Promise<void>
}

async function openPair (t: Test): Promise<Pair> {
  const shaped = await openShaped(t)
  if (typeof shaped !== 'string') return shaped
  t.comment(`line: a proxy on loopback (${shaped})`)
  const line = { rate: Infinity }
  const rateOf = (): number => line.rate
  const begin = async (connect: string[]): Promise<BulletinMember> => {
    const host = freshHost()
    const proxy = await SlowProxy.open(rateOf)
    t.teardown(() => { proxy.close() })
    const options = { host, connect, advertise: [proxy.address], periodMs: PERIOD_MS }
    const member = await BulletinMember.start(t, { options })
    proxy.forwardTo(host, member.port)
    return Object.assign(member, { address: proxy.address })
  }
  const author = await begin([])
  const reader = await begin([author.address])
  line.rate = BYTES_PER_SECOND
  const quicken = async (): Promise<void> => { line.rate = Infinity }
  return { author, reader, bytes: PROXIED_BYTES, quicken }
}

/** Or why there is none. */
async function openShaped (t: Test): Promise<Pair | string> {
  if (process.env['GROUND'] === 'proxies') return 'proxies are asked for'
  const ground = await openNamespaces()
  if (typeof ground === 'string') return ground
  t.teardown(() => ground.close())
  const [left, right] = [await ground.place('author', 'left'), await ground.place('slow', 'right')]
  try {
    await ground.slow('right', null)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  t.comment(`line: a shaped wire, ${ground.name}`)
  const begin = ({ host, port, within }: typeof left, connect: string[]): Promise<BulletinMember> =>
    BulletinMember.start(t, { within, options: { host, port, connect, periodMs: PERIOD_MS } })
  const author = await begin(left, [])
  await ground.slow('right', BYTES_PER_SECOND)
  const reader = await begin(right, [`${left.host}:${left.port}`])
  return { author, reader, bytes: SHAPED_BYTES, quicken: () => ground.slow('right', null) }
}

t.setTimeout(TEST_MAX_MS)

t.test(`a line of 64 kbit/s stays up for ${SLOW_MS / 1_000} s of more than it takes`, async t => {
  t.setTimeout(TEST_MAX_MS)
  const { author, reader, bytes, quicken } = await openPair(t)
  await untilLinked([author, reader])
  await reader.read()
  await Promise.all([author.beginPings(), reader.beginPings()])
  const count = Math.ceil(bytes / BYTES)
  const perSecond = count / (SLOW_MS / 1_000)
  const startedMs = performance.now()
  const last = await author.publish({ count, bytes: BYTES, perSecond })
  const tookMs = performance.now() - startedMs
  const slowly = await reader.taken()
  const told = await Promise.all([author.told(), reader.told()])
  t.same(told.map(({ downs }) => downs), [[], []], 'no end lost the link')
  for (const [i, { pings }] of told.entries()) {
    const who = i === 0 ? 'author' : 'reader'
    t.comment(`${who}: ${pings.count} pings in ${Math.round(tookMs)} ms, ` +
      `${Math.round(pings.gapMaxMs)} ms apart at most`)
  }
  // The other way they wait behind what the kernel took before; any byte is a sign of life.
  t.ok(told[0].pings.count >= 0.5 * tookMs / PERIOD_MS, 'pings come to the author')
  t.ok(told[0].pings.gapMaxMs < PULSE_LIMITS.silenceMaxMs, 'the author hears it in time')
  t.ok(slowly.last < last, `the line took ${slowly.last} of ${last}`)

  await quicken()
  const liftedMs = performance.now()
  await untilAsync(async () => (await reader.taken()).count === last, 30_000, 'what was missed')
  const { count: taken, faults, late } = await reader.taken()
  t.same([taken, faults], [last, 0], `all came, ${late} late, the others in order`)
  t.comment(`the rest in ${Math.round(performance.now() - liftedMs)} ms`)
  const { downs } = await reader.told()
  t.same(downs, [], 'nor is it lost then')
})
