import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createIdentity, readIdentity } from '../../src/tls/keys.js'
import { isSampleIdentity } from '../../src/tls/sample-keys.js'

const directory = fileURLToPath(new URL('../../certs/', import.meta.url))
const read = (name: string): string => readFileSync(directory + name, 'utf8')

t.test('each pair in certs/ is a pair, in the list, and in the README', async t => {
  const names = readdirSync(directory).filter(name => name.endsWith('.key'))
    .map(name => name.slice(0, -'.key'.length))
  t.same(names, ['ed25519', 'p256', 'rsa'])
  for (const name of names) {
    const { id } = readIdentity({ key: read(`${name}.key`), cert: read(`${name}.crt`) })
    t.ok(isSampleIdentity(id), `${name} ${id}`)
    t.match(read('README.md'), `\`${name}.crt\``)
    t.match(read('README.md'), id)
  }
})

t.test('a key of one\'s own is no sample', async t => {
  t.notOk(isSampleIdentity(createIdentity('ed25519').id))
})
