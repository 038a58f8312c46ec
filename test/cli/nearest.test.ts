import t from 'tap'
import { nearest } from '../../src/cli/nearest.js'

const WORDS = ['port', 'period', 'connect', 'max-links', 'json', 'id']

t.test('a slip of one letter finds its word', async t => {
  t.equal(nearest('prot', WORDS), 'port')
  t.equal(nearest('ports', WORDS), 'port')
  t.equal(nearest('CONECT', WORDS), 'connect')
  t.equal(nearest('maxlinks', WORDS), 'max-links')
  t.equal(nearest('di', WORDS), 'id')
})

t.test('a beginning or an end finds its word', async t => {
  t.equal(nearest('conn', WORDS), 'connect')
  t.equal(nearest('links', WORDS), 'max-links')
})

t.test('something else finds nothing', async t => {
  t.equal(nearest('frobnicate', WORDS), null)
  t.equal(nearest('x', WORDS), null)
  t.equal(nearest('', WORDS), null)
  t.equal(nearest('z'.repeat(100_000), WORDS), null)
})
