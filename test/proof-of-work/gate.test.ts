import t from 'tap'
import { Gate } from '../../src/proof-of-work/gate.js'

const never = new AbortController().signal

t.test('so many are inside, and who waits enters in the order of coming', async t => {
  const gate = new Gate({ insideMax: 2, waitingMax: 8 })
  const entered: number[] = []
  const entering = [1, 2, 3, 4, 5].map(async who => {
    await gate.enter(never)
    entered.push(who)
  })
  await Promise.all(entering.slice(0, 2))
  t.same(entered, [1, 2])
  gate.leave()
  await entering[2]
  t.same(entered, [1, 2, 3])
  gate.leave()
  gate.leave()
  await Promise.all(entering)
  t.same(entered, [1, 2, 3, 4, 5])
})

t.test('who leaves with nobody waiting makes room', async t => {
  const gate = new Gate({ insideMax: 1, waitingMax: 0 })
  await gate.enter(never)
  await t.rejects(gate.enter(never), { name: 'MintError', code: 'busy' })
  gate.leave()
  await gate.enter(never)
  await t.rejects(gate.enter(never), { code: 'busy' }, 'and no more room than there was')
})

t.test('who gives up waiting makes room outside, and is never let in', async t => {
  const gate = new Gate({ insideMax: 1, waitingMax: 1 })
  await gate.enter(never)
  const controller = new AbortController()
  const given = gate.enter(controller.signal)
  controller.abort(new Error('enough'))
  await t.rejects(given, { message: 'enough' })
  const next = gate.enter(never)
  gate.leave()
  await next
  await t.rejects(gate.enter(AbortSignal.abort(new Error('before'))), { message: 'before' })
})

t.test('a closed gate refuses who waits and who comes', async t => {
  const gate = new Gate({ insideMax: 1, waitingMax: 1 })
  await gate.enter(never)
  const waiting = gate.enter(never)
  gate.close()
  await t.rejects(waiting, { name: 'MintError', code: 'closed' })
  gate.leave()
  await t.rejects(gate.enter(never), { code: 'closed' })
})
