import t from 'tap'
import {
  VERBS, findVerb, flagNames, isSwitch, verbsInGroup, verbsWithFlag,
} from '../../src/cli/registry.js'
import { nameOf, usageOf, variablesOf } from '../../src/cli/verb.js'

t.test('no two verbs have the same words', async t => {
  t.equal(new Set(VERBS.map(nameOf)).size, VERBS.length)
})

t.test('a flag is a switch in all verbs that have it, or in none', async t => {
  for (const name of flagNames()) {
    const kinds = verbsWithFlag(name).map(({ flags }) => flags[name]?.kind === 'switch')
    t.equal(new Set(kinds).size, 1, name)
    t.equal(isSwitch(name), kinds[0], name)
  }
})

t.test('a verb says what is needed and what may be left out, in a good order', async t => {
  for (const { operands, flags, examples, purpose } of VERBS) {
    const optional = operands.map(({ isOptional }) => isOptional === true)
    t.same(optional, [...optional].sort(), 'what may be left out comes last')
    t.notOk(operands.slice(0, -1).some(({ isMany }) => isMany))
    t.notMatch(purpose, /\.$/)
    for (const [name, flag] of Object.entries(flags)) {
      t.equal(flag.value === '', flag.kind === 'switch', name)
      t.equal(flag.fallback === '', flag.isNeeded === true, `${name} has a default or is needed`)
    }
    for (const [line] of examples) t.match(line, /p2p-gossip/)
  }
})

t.test('verbs are found by one word or two', async t => {
  const found = (...words: string[]): string | null => {
    const { verb } = findVerb(words)
    return verb === undefined ? null : nameOf(verb)
  }
  t.equal(found('inbox'), 'inbox')
  t.equal(found('inbox', 'change'), 'inbox change')
  t.equal(found('inbox', 'x'), 'inbox')
  t.equal(found('contacts', 'set-key'), 'contacts set-key')
  t.equal(found('contacts'), null)
  t.equal(findVerb(['contacts', 'x']).group, 'contacts')
  t.same(findVerb(['x']), { group: null })
  t.same(verbsInGroup('schedule').map(nameOf),
    ['schedule add', 'schedule list', 'schedule remove'])
})

t.test('flags of a node have variables, those of other verbs share three', async t => {
  const variables = VERBS.filter(({ isOfNode }) => !isOfNode)
    .flatMap(verb => Object.keys(verb.flags).flatMap(name => variablesOf(verb, name)))
  t.same([...new Set(variables)].sort(),
    ['P2P_GOSSIP_JSON', 'P2P_GOSSIP_NODE', 'P2P_GOSSIP_PORT'])
  t.same(variablesOf(VERBS[0]!, 'max-links'), ['P2P_GOSSIP_MAX_LINKS'])
  t.equal(usageOf(VERBS[0]!), 'p2p-gossip [run] [flags]')
  t.equal(usageOf(findVerb(['keygen']).verb!), 'p2p-gossip keygen --out DIR [flags]')
  t.equal(usageOf(findVerb(['subscribe']).verb!), 'p2p-gossip subscribe TOPIC… [flags]')
})
