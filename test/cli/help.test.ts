import t from 'tap'
import { VERBS, flagsOfVerb, type Verb } from '../../src/cli/flags.js'
import { helpOf, wrap } from '../../src/cli/help.js'

t.test('help of every verb shows its flags and an example, in lines that fit', async t => {
  for (const verb of Object.keys(VERBS) as Verb[]) {
    const help = helpOf(verb)
    for (const name of flagsOfVerb(verb)) t.match(help, new RegExp(`^  --${name}\\b`, 'm'))
    t.match(help, /^Usage: p2p-gossip/)
    t.match(help, /Examples:\n {2}# .+\n {2}p2p-gossip/)
    t.ok(help.split('\n').every(line => line.length <= 96), verb)
    t.notMatch(help, /undefined|\[\]|  $/m)
  }
})

t.test('text is wrapped at spaces', async t => {
  t.same(wrap('a bb ccc', 4), ['a bb', 'ccc'])
  t.same(wrap('abcdef g', 3), ['abcdef', 'g'])
})
