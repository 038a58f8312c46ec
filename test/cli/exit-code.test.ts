import t from 'tap'
import {
  CliError, exitCodeOf, exitCodeOfAnswer, explain, usageError,
} from '../../src/cli/exit-code.js'
import { ERRORS, GossipError, type ErrorCode } from '../../src/index.js'

t.test('faults have their exit code', async t => {
  const byFault = { caller: 2, operator: 2, environment: 1, peer: 5 }
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    t.equal(exitCodeOf(new GossipError(code, 'x')), byFault[ERRORS[code].fault], code)
  }
  t.equal(exitCodeOf(new Error('x')), 1)
  t.equal(exitCodeOf('x'), 1)
})

t.test('answers of the API have the exit code of their fault, with few exceptions', async t => {
  const exceptions: Record<string, number> = {
    'not-stored': 4, 'identity-mismatch': 5, 'node-closed': 3, busy: 1,
  }
  const byFault = { caller: 2, operator: 2, environment: 1, peer: 1 }
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    t.equal(exitCodeOfAnswer(code, 500), exceptions[code] ?? byFault[ERRORS[code].fault], code)
  }
  t.equal(exitCodeOfAnswer('condition-false', 408), 4)
  t.equal(exitCodeOfAnswer('no-node', 503), 3)
  t.equal(exitCodeOfAnswer('path-unknown', 404), 2, 'unknown here: by its status')
  t.equal(exitCodeOfAnswer('internal', 500), 1)
  t.equal(exitCodeOfAnswer('constructor', 503), 1)
  t.equal(exitCodeOf(new CliError(4, 'x')), 4)
})

t.test('an error is explained in one line', async t => {
  t.equal(explain(usageError('--port needs a value')), 'p2p-gossip: --port needs a value')
  t.equal(explain(new GossipError('data-in-use', 'another node uses d: stop it')),
    'p2p-gossip: another node uses d: stop it')
  t.equal(explain(new Error('a\n  b\u001b')), 'p2p-gossip: internal error: a b')
  t.equal(explain(7), 'p2p-gossip: internal error: 7')
})
