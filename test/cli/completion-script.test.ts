/** The script is sourced by a real bash, which is asked for completions. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { completionScript } from '../../src/cli/completion-script.js'
import { VERBS } from '../../src/cli/registry.js'
import { runVerb } from './fake-node.js'

/** Completions of the last of these words; all questions in one shell. */
function completions (questions: readonly string[][], cwd: string): string[][] {
  const asked = questions.map(words => [
    `COMP_WORDS=(${['p2p-gossip', ...words].map(word => `'${word}'`).join(' ')})`,
    `COMP_CWORD=${words.length}`, '_p2p_gossip', 'echo "${COMPREPLY[*]}"',
  ].join('\n'))
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-u'], {
    input: `${completionScript('bash')}\n${asked.join('\n')}\n`, encoding: 'utf8', cwd,
  })
  t.equal(stderr, '')
  return stdout.split('\n').slice(0, -1).map(line => line.split(' ').filter(word => word !== ''))
}

t.test('bash completes verbs, flags, choices and files', async t => {
  const folder = t.testdir({ 'alice.pub': '', data: {} })
  const cases: [string[], string[]][] = [
    [['pu'], ['publish']],
    [['con'], ['contacts']],
    [['--per'], ['--period']],
    [['contacts', ''], ['add', 'set-key', 'list', 'remove']],
    [['contacts', 's'], ['set-key']],
    [['inbox', 'c'], ['change']],
    [['publish', '--to'], ['--topic']],
    [['publish', '--topic', ''], []],
    [['messages', '--format', ''], ['text', 'gossipd']],
    [['messages', 'purge', '--a'], ['--author', '--all']],
    [['run', '--carry', 'n'], ['none']],
    [['--carry', ''], ['all', 'none']],
    [['contacts', 'set-key', '--name', 'alice', '--pubkey-file', 'al'], ['alice.pub']],
    [['--data', 'd'], ['data']],
    [['publish', '--wait', ''], ['all']],
    [['publish', '--', '--to'], []],
    [['keygen', '--out', 'x', '--k'], ['--key-type']],
  ]
  const found = completions(cases.map(([words]) => words), folder)
  cases.forEach(([words, wanted], i) => { t.same(found[i], wanted, words.join(' ')) })
})

t.test('bash knows every verb and every flag', async t => {
  const [firsts, ...flags] = completions(
    [[''], ...VERBS.map(({ words }) => [...words, '--'])], t.testdir({}))
  VERBS.forEach((verb, i) => {
    t.ok(firsts?.includes(verb.words[0]), verb.words[0])
    for (const name of Object.keys(verb.flags)) t.ok(flags[i]?.includes(`--${name}`), name)
  })
})

t.test('the verb prints the script of a shell that it knows', async t => {
  t.match(await runVerb(['completion']), { code: 0, out: `${completionScript('bash')}\n` })
  t.match(await runVerb(['completion', 'zsh']),
    { code: 0, out: /^autoload -U \+X bashcompinit && bashcompinit\n/ })
  t.match(await runVerb(['completion', 'fish']), { code: 2, errors: /knows bash and zsh, not "fi/ })
})
