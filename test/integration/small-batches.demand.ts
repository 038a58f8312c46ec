/**
 * A hundred thousand small batches, each of one bulletin of 300 bytes, the worst there is beside
 * their bytes: the resident memory of the author and of a member that stores them grows by no more
 * than twice the quota, which they nearly fill. Seen from outside, all the time, nothing collected
 * by request. On demand, for it takes a minute and more:
 * `npm run build && npx tap test/integration/small-batches.demand.ts`.
 */
import t from 'tap'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import { BulletinMember, untilLinked } from '../helpers/bulletin-member.js'

const COUNT = 100_000
const BYTES = 300
const MIB = 1_048_576
const GROWTH_MAX_BYTES = 2 * BULLETIN_LIMITS.quotaDefaultBytes
/** Some 3,000 a second; a machine that does much else needs minutes. */
const PUBLISH_MAX_MS = 280_000

t.setTimeout(PUBLISH_MAX_MS + 20_000)

t.test(`${COUNT} batches of one bulletin take at most twice their quota`, async t => {
  t.setTimeout(PUBLISH_MAX_MS + 20_000)
  const author = await BulletinMember.start(t)
  const keeper = await BulletinMember.start(t, { options: { connect: [author.address] } })
  const members = [author, keeper]
  await untilLinked(members)
  const rests = members.map(({ residentBytes }) => residentBytes)
  const peaks = [...rests]
  const look = setInterval(() => {
    for (const [i, { residentBytes }] of members.entries()) {
      peaks[i] = Math.max(peaks[i] ?? 0, residentBytes)
    }
  }, 100)
  t.teardown(() => { clearInterval(look) })
  const startMs = performance.now()
  await author.publish({ count: COUNT - 1, bytes: BYTES, alone: true }, PUBLISH_MAX_MS)
  await author.publish({ count: 1, bytes: BYTES, wait: 'all' })
  t.comment(`published and stored in ${Math.round(performance.now() - startMs)} ms`)
  for (const [i, who] of ['author', 'keeper'].entries()) {
    const grownBytes = (peaks[i] ?? Infinity) - (rests[i] ?? 0)
    t.ok(grownBytes <= GROWTH_MAX_BYTES,
      `the ${who} grows by ${(grownBytes / MIB).toFixed(1)} of ${GROWTH_MAX_BYTES / MIB} MiB`)
  }
})
