/**
 * An author publishes and is gone for good, as is the only member that ever met it; a newcomer has
 * the whole history all the same, from members that got it from others. Real processes.
 */
import t from 'tap'
import { BulletinMember, untilAsync, untilLinked } from '../helpers/bulletin-member.js'

const COUNT = 2_000

for (const how of ['leaves', 'is killed'] as const) {
  t.test(`the author ${how}: who never met it gets its history from others`, async t => {
    const author = await BulletinMember.start(t)
    const connect = [author.address]
    const first = await BulletinMember.start(t, { options: { connect } })
    await untilLinked([author, first])
    await author.publish({ count: COUNT - 1, bytes: 300 })
    await author.publish({ count: 1, bytes: 300, wait: 'all' })
    if (how === 'leaves') await author.leave()
    await author.kill()
    // Each next one meets only the one before it, which is then gone too.
    let former = first
    for (let hop = 0; hop < 2; hop++) {
      const next = await BulletinMember.start(t, { options: { connect: [former.address] } })
      await next.read({ since: 0 })
      await untilAsync(async () => (await next.taken()).last === COUNT, 10_000, 'the history')
      const { count, faults } = await next.taken()
      t.same([count, faults], [COUNT, 0], `hop ${hop + 1}: all of it, in order`)
      const { length } = await next.held(author.id)
      t.equal(length, COUNT, 'and it holds it for others')
      t.notOk((await next.linked()).includes(author.id))
      await former.kill()
      former = next
    }
    await former.kill()
  })
}
