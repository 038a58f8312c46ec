import t from 'tap'
import type { AskId, Event } from '../../src/core/event.js'
import { Random } from '../../src/core/random.js'
import type { BatchChecker } from '../../src/ports.js'
import { createIdentity } from '../../src/tls/keys.js'
import { createSuite, createVerifier } from '../../src/tls/suite.js'
import { createChecker } from '../../src/proof-of-work/checker.js'
import { ShelfPort, type Surroundings } from '../sim/shelf-port.js'
import { keyedHashSuite, type SimSuite } from '../sim/suite.js'
import { batchCheckerContract, NETWORK_HASH } from './batch-checker.js'

for (const keyType of ['ed25519', 'p256', 'rsa'] as const) {
  t.test(`on the thread pool, ${keyType}`, async t => {
    const authors = new Map<number, SimSuite>()
    batchCheckerContract(t, {
      open: bits => createChecker(createVerifier(), {
        networkHash: NETWORK_HASH, kind: 'sha256', bits,
      }),
      author: secret => {
        const known = authors.get(secret)
        if (known !== undefined) return known
        const identity = createIdentity(keyType)
        const made = { suite: createSuite(identity), publicKey: identity.publicKey }
        authors.set(secret, made)
        return made
      },
    })
  })
}

t.test('in the simulator', async t => {
  batchCheckerContract(t, { open: simulated, author: secret => keyedHashSuite(secret) })
})

/** The simulator's, which answers the core's asks. */
function simulated (difficulty: number): BatchChecker {
  const posted: Event[] = []
  const { suite } = keyedHashSuite(99)
  const port = new ShelfPort({
    random: new Random(1), networkHash: NETWORK_HASH, difficulty, suite: () => ({ ...suite }),
    isFull: () => false, later: (_: number, action: () => void) => { action() },
    post: (event: Event) => { posted.push(event) }, delivered: () => {}, written: () => {},
  } as Surroundings, new Map())
  return {
    check: async (batch, author) => {
      port.perform({ kind: 'check-batch', ask: 1 as AskId, batch, author })
      const answer = posted.pop()
      if (answer?.kind !== 'batch-checked') throw new Error('no answer')
      return answer.verdict
    },
    close: async () => {},
  }
}
