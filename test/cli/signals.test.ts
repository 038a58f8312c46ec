import t from 'tap'
import { onSignals } from '../../src/cli/signals.js'

t.test('the first signal leaves, every further one quits with its own code', async t => {
  const exits = t.capture(process, 'exit', (() => {}) as typeof process.exit)
  const calls: string[] = []
  onSignals(() => { calls.push('leave') }, () => { calls.push('quit') })
  t.teardown(() => {
    process.removeAllListeners('SIGINT')
    process.removeAllListeners('SIGTERM')
  })
  process.emit('SIGINT')
  t.same(calls, ['leave'])
  t.same(exits(), [])
  process.emit('SIGINT')
  process.emit('SIGTERM')
  t.same(calls, ['leave', 'quit', 'quit'])
  t.same(exits().map(({ args }) => args[0]), [130, 143])
})
