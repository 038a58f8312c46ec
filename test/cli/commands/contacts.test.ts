import { join } from 'node:path'
import t from 'tap'
import type { ContactView } from '../../../src/api/schemas.js'
import { BO, runVerb } from '../fake-node.js'

const PEM = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA\n-----END PUBLIC KEY-----\n'

function contact (view: Partial<ContactView> = {}): ContactView {
  return {
    name: 'alice', state: 'awaiting-key', address: '10.0.0.2:8081', identity: null,
    exchangeKey: PEM, status: null, ...view,
  }
}

t.test('a contact with an address gets a key, printed as gossipd did', async t => {
  const api = { addContact: async () => contact() }
  const argv = ['contacts', 'add', '--name', 'alice', '--port', '8081', '--host']
  const { out, calls, code } = await runVerb([...argv, '127.0.0.1'], { api })
  t.equal(code, 0)
  t.equal(out, `Exchange key:\n${PEM}`)
  t.same(calls, [['addContact', { name: 'alice', address: '127.0.0.1:8081' }]])
  t.match((await runVerb([...argv, '::1'], { api })).calls,
    [['addContact', { address: '[::1]:8081' }]])
  t.same(JSON.parse((await runVerb([...argv, 'h', '--json'], { api })).out), contact())
})

t.test('a contact by identity needs no key', async t => {
  const api = { addContact: async () => contact({ exchangeKey: null, state: 'ready' }) }
  const argv = ['contacts', 'add', '--name', 'alice', '--peer', BO]
  const { out, calls } = await runVerb(argv, { api })
  t.equal(out, '"alice" is ready\n')
  t.same(calls, [['addContact', { name: 'alice', peer: BO }]])
})

t.test('half an address, both ways or none are refused', async t => {
  for (const argv of [
    [], ['--host', 'h'], ['--port', '1'], ['--host', 'h', '--peer', BO],
    ['--host', 'h', '--port', '1', '--peer', BO],
  ]) {
    const { code, errors } = await runVerb(['contacts', 'add', '--name', 'a', ...argv])
    t.equal(code, 2, argv.join(' '))
    t.match(errors, /^p2p-gossip: contacts add needs either --host and --port, or --peer\n$/)
  }
  t.match(await runVerb(['contacts', 'add', '--peer', BO]),
    { code: 2, errors: /^p2p-gossip: contacts add needs --name NAME, what you call the contact\n/ })
  t.match(await runVerb(['contacts', 'add', '--name', 'a', '--peer', 'bob']),
    { code: 2, errors: /--peer must be an identity: 52 characters/ })
  t.match(await runVerb(['contacts', 'add', '--name', 'a'.repeat(201), '--peer', BO]), { code: 2 })
})

t.test('a key comes from a file, with or without the line before it', async t => {
  const folder = t.testdir({ a: PEM, b: `Exchange key:\n${PEM}`, empty: '\n' })
  const api = { setContactKey: async () => contact({ state: 'unmet' }) }
  const argv = ['contacts', 'set-key', '--name', 'alice', '--pubkey-file']
  for (const file of ['a', 'b']) {
    const { out, calls } = await runVerb([...argv, join(folder, file)], { api })
    t.same(calls, [['setContactKey', 'alice', PEM]])
    t.equal(out, '"alice" is not met yet\n')
  }
  t.match(await runVerb([...argv, join(folder, 'empty')], { api }),
    { code: 2, errors: /--pubkey-file is empty/ })
  t.match(await runVerb([...argv, join(folder, 'none')], { api }),
    { code: 2, errors: /--pubkey-file: cannot read ".*none": there is no such file/ })
})

t.test('the environment of a node sets no name, host or port of a contact', async t => {
  const environment = { P2P_GOSSIP_NAME: 'me', P2P_GOSSIP_HOST: 'h', P2P_GOSSIP_PORT: '8080' }
  const { errors } = await runVerb(['contacts', 'add', '--peer', BO], { environment })
  t.match(errors, /needs --name/)
})

t.test('contacts are listed and removed', async t => {
  const rows = [contact(), contact({ name: 'bob', state: 'ready', identity: BO, status: 'linked' })]
  const api = { contacts: async () => rows, removeContact: async () => {} }
  const { out } = await runVerb(['contacts', 'list'], { api })
  t.match(out, /^contact +state +status +address +identity\n/)
  t.match(out, /\nalice +awaiting key +10\.0\.0\.2:8081\n/)
  t.match(out, new RegExp(`\\nbob +ready +linked +10\\.0\\.0\\.2:8081 +${BO}\\n$`))
  t.same(JSON.parse((await runVerb(['contacts', 'list', '--json'], { api })).out), {
    contacts: rows,
  })
  const gone = await runVerb(['contacts', 'remove', '--name', 'bob'], { api })
  t.match(gone, { out: 'removed "bob"\n', calls: [['removeContact', 'bob']] })
})
