import t from 'tap'
import { createSealer } from '../../src/sealing/sealer.js'
import { sealerContract } from './sealer.js'

t.test('node:crypto and noble', async t => { sealerContract(t, createSealer()) })
