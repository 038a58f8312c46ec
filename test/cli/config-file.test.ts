import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseConfig, readConfigFile, readTextFile } from '../../src/cli/config-file.js'
import { GossipError } from '../../src/index.js'

function values (text: string, path = '/etc/p2p/node.conf'): Record<string, unknown> {
  return Object.fromEntries(parseConfig(text, path).map(({ name, value }) => [name, value]))
}

function refusal (read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof GossipError && error.code === 'option-invalid') return error.message
    throw error
  }
  return ''
}

t.test('JSON and INI say the same', async t => {
  const wanted = {
    port: 81, period: 2.5, connect: ['a:1', 'b:2'], name: 'true', json: true, 'max-links': 9,
  }
  t.same(values(JSON.stringify(wanted)), wanted)
  const ini = [
    '; a comment', 'port = 81', 'period=2.5', 'connect[] = a:1', 'connect[] = b:2',
    'name = true', 'json = true', 'max-links = 9', '',
  ].join('\n')
  t.same(values(ini), wanted)
  t.same(values('connect = a:1, b:2'), { connect: ['a:1', 'b:2'] })
  t.same(values('\uFEFF {"port": 1}'), { port: 1 })
  t.same(values(''), {})
})

t.test('paths are relative to the file', async t => {
  t.same(values('key = k.pem\ndata = /var/x'), { key: '/etc/p2p/k.pem', data: '/var/x' })
  t.same(values('{"cert": "../c.pem"}'), { cert: '/etc/c.pem' })
})

t.test('a mistake names the key and the file', async t => {
  const where = 'in "/etc/p2p/node.conf"'
  const cases: [string, string | RegExp][] = [
    ['{"prot": 1}', `unknown key "prot" ${where}; did you mean port?`],
    ['max_links = 9', `unknown key "max_links" ${where}; did you mean max-links?`],
    ['zzzzzz = 9', /^unknown key "zzzzzz" in .*; the keys are period, port, /],
    ['[mesh]\nport = 1', `unknown section "mesh" ${where}; keys stand outside of sections`],
    ['config = x', /^unknown key "config"/],
    ['{"__proto__": 1}', /^unknown key "__proto__"/],
    ['[unclosed', /^unknown key "\[unclosed"/],
    ['{"port": "81"}', `port ${where} must be a whole number from 0 to 65535, not "81"`],
    ['{"connect": [1]}', new RegExp(`^connect ${where} must be HOST:PORT .*, not \\[1\\]$`)],
    ['port = abc', `port ${where} must be a whole number from 0 to 65535, not "abc"`],
    ['port', `port ${where} must be a whole number from 0 to 65535, not "true"`],
    ['port[] = 1\nport[] = 2', `port ${where} is given 2 times; give it once`],
    ['{"port": 1', /^"\/etc\/p2p\/node\.conf" begins as JSON but is not: /],
  ]
  for (const [text, message] of cases) {
    const found = refusal(() => parseConfig(text, '/etc/p2p/node.conf'))
    if (typeof message === 'string') t.equal(found, message)
    else t.match(found, message)
  }
})

t.test('a file that cannot be read is refused with the reason', async t => {
  const folder = t.testdir({ 'good.json': '{"port": 5}' })
  t.same(readConfigFile(join(folder, 'good.json'), '--config').map(({ value }) => value), [5])
  t.match(refusal(() => readTextFile(join(folder, 'none'), '--config')),
    /^--config: cannot read ".*none": there is no such file$/)
  mkdirSync(join(folder, 'd'))
  t.match(refusal(() => readTextFile(join(folder, 'd'), '--key')), /it is a directory$/)
  t.match(refusal(() => readTextFile(join(folder, 'good.json', 'x'), '--key')), /is no directory$/)
  writeFileSync(join(folder, 'large'), Buffer.alloc(1024 * 1024 + 1))
  t.match(refusal(() => readTextFile(join(folder, 'large'), '--key')), /larger than a MiB/)
})
