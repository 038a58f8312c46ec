import t from 'tap'
import { WORK_LIMITS } from '../../src/limits.js'
import { Crew } from '../../src/proof-of-work/crew.js'
import { createMinter } from '../../src/proof-of-work/minter.js'
import { minterContract } from './minter.js'

const { inlineSha256BitsMax } = WORK_LIMITS

for (const [kind, bits, where] of [
  ['sha256', 8, 'on the main thread'], ['sha256', inlineSha256BitsMax + 1, 'in workers'],
  ['tapehash', 3, 'on the main thread'],
] as const) {
  t.test(`${kind}, ${where}`, async t => {
    minterContract(t, { kind, bits, open: () => createMinter({ kind, bits }) })
  })
}

t.test('sha256, where no worker can be had', async t => {
  const file = new URL('../proof-of-work/no-worker.js', import.meta.url)
  const bits = inlineSha256BitsMax + 1
  minterContract(t, {
    kind: 'sha256', bits,
    open: () => createMinter({ kind: 'sha256', bits, crew: new Crew({ waitingMax: 8, file }) }),
  })
})
