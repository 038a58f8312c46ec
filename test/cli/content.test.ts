import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { WIRE_LIMITS } from '../../src/limits.js'
import { ID64, runVerb, type Ran, type Surroundings } from './fake-node.js'

const MADE = { topic: ID64, contentId: ID64, seq: 1, linked: 1, storedBy: [] }

async function publish (argv: string[], surroundings: Surroundings = {}): Promise<Ran> {
  return runVerb(['publish', ...argv], { api: { publish: async () => MADE }, ...surroundings })
}

t.test('a text, a file or stdin becomes the content, as text or base64', async t => {
  const folder = t.testdir({ a: 'from a file\n' })
  writeFileSync(join(folder, 'b'), Uint8Array.of(0xff, 0x00))
  const cases: [string[], Surroundings, object][] = [
    [['hello'], {}, { text: 'hello' }],
    [['--', '-5 °C'], {}, { text: '-5 °C' }],
    [['--file', join(folder, 'a')], {}, { text: 'from a file\n' }],
    [['--file', join(folder, 'b')], {}, { data: '/wA=' }],
    [[], { stdin: 'piped\n' }, { text: 'piped' }],
    [[], { stdin: 'two\nlines\n\n' }, { text: 'two\nlines\n' }],
    [[], { stdin: Uint8Array.of(0xfe, 0x0a) }, { data: '/g==' }],
  ]
  for (const [argv, surroundings, content] of cases) {
    const { calls, code } = await publish(argv, surroundings)
    t.equal(code, 0)
    t.same(calls, [['publish', content]])
  }
})

t.test('nothing, too much or two contents are refused before the node is called', async t => {
  const folder = t.testdir({ empty: '' })
  writeFileSync(join(folder, 'large'), Buffer.alloc(WIRE_LIMITS.contentBytesMax + 1))
  const large = 'x'.repeat(WIRE_LIMITS.contentBytesMax + 1)
  const cases: [string[], Surroundings, RegExp][] = [
    [[''], {}, /^p2p-gossip: the text is empty; give at least one byte\n$/],
    [[], { stdin: '\n' }, /stdin is empty/],
    [['--file', join(folder, 'empty')], {}, /--file is empty/],
    [['--file', join(folder, 'none')], {}, /--file: cannot read ".*none": there is no such file/],
    [['--file', folder], {}, /--file: cannot read ".*": it is a directory/],
    [['--file', join(folder, 'large')], {}, /--file has more than 983040 bytes, the most a bull/],
    [[], { stdin: large }, /stdin has more than 983040 bytes/],
    [['text', '--file', join(folder, 'empty')], {}, /a text and --file were given; give one/],
  ]
  for (const [argv, surroundings, line] of cases) {
    const { code, calls, errors } = await publish(argv, surroundings)
    t.equal(code, 2, String(line))
    t.match(errors, line)
    t.same(calls, [])
  }
  t.equal((await publish([], { stdin: `${large.slice(1)}\n` })).code, 0, 'the line end is not it')
})

t.test('at a terminal it is said what is waited for', async t => {
  const { errors, code } = await publish([], { stdin: null })
  t.match(errors, /^p2p-gossip: reading the text from this terminal; Ctrl-D ends it\n/)
  t.match(errors, /stdin is empty/)
  t.equal(code, 2)
})
