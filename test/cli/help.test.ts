import t from 'tap'
import { helpOf, helpOfGroup, wrap } from '../../src/cli/help.js'
import { VERBS } from '../../src/cli/registry.js'
import { nameOf } from '../../src/cli/verb.js'

t.test('help of every verb shows its flags and an example, in lines that fit', async t => {
  for (const verb of VERBS) {
    const help = helpOf(verb)
    for (const name of Object.keys(verb.flags)) t.match(help, new RegExp(`^  --${name}\\b`, 'm'))
    for (const { name } of verb.operands) t.match(help, new RegExp(`^  ${name} `, 'm'))
    t.match(help, /^Usage: p2p-gossip/)
    t.match(help, /Examples:\n {2}# .+\n {2}\S+/)
    t.ok(help.split('\n').every(line => line.length <= 96), nameOf(verb))
    t.notMatch(help, /undefined| \[\]|  $/m)
  }
})

t.test('help of run lists every verb, that of a verb those of its group', async t => {
  const [run] = VERBS
  for (const verb of VERBS) t.match(helpOf(run!), new RegExp(`^  ${nameOf(verb)} `, 'm'))
  const inbox = VERBS.find(verb => nameOf(verb) === 'inbox')
  t.match(helpOf(inbox!), /Beside it:\n {2}inbox change /)
  const contacts = helpOfGroup('contacts')
  t.match(contacts, /^Usage: p2p-gossip contacts add\|set-key\|list\|remove \[flags\]\n/)
  for (const word of ['add', 'set-key', 'list', 'remove']) {
    t.match(contacts, new RegExp(`^  contacts ${word} `, 'm'))
  }
})

t.test('help names the variables that a verb reads, and no others', async t => {
  const publish = VERBS.find(verb => nameOf(verb) === 'publish')
  t.match(helpOf(publish!), /P2P_GOSSIP_NODE or P2P_GOSSIP_PORT/)
  t.notMatch(helpOf(publish!), /P2P_GOSSIP_TOPIC|config file/)
})

t.test('text is wrapped at spaces', async t => {
  t.same(wrap('a bb ccc', 4), ['a bb', 'ccc'])
  t.same(wrap('abcdef g', 3), ['abcdef', 'g'])
})
