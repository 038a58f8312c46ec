import t from 'tap'
import { exitCodeOf, explain, usageError } from '../../src/cli/exit-code.js'
import { ERRORS, GossipError, type ErrorCode } from '../../src/index.js'

t.test('faults have their exit code', async t => {
  const byFault = { caller: 2, operator: 2, environment: 1, peer: 5 }
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    t.equal(exitCodeOf(new GossipError(code, 'x')), byFault[ERRORS[code].fault], code)
  }
  t.equal(exitCodeOf(new Error('x')), 1)
  t.equal(exitCodeOf('x'), 1)
})

t.test('an error is explained in one line', async t => {
  t.equal(explain(usageError('--port needs a value')), 'p2p-gossip: --port needs a value')
  t.equal(explain(new GossipError('data-in-use', 'another node uses d: stop it')),
    'p2p-gossip: another node uses d: stop it')
  t.equal(explain(new Error('a\n  b\u001b')), 'p2p-gossip: internal error: a b')
  t.equal(explain(7), 'p2p-gossip: internal error: 7')
})
