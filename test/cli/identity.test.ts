import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { expectRefusals, runProgram, type Ended } from './program.js'

const HERE = ['--host', '127.0.0.1', '--port', '0']

t.test('keys and certificates that cannot be used end with 2, and no key is made', async t => {
  const folder = t.testdir({ 'text.pem': 'no PEM\n' })
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
  const { privateKey } = generateKeyPairSync('ed25519')
  const encrypted = put('encrypted.pem', privateKey.export({
    ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'secret',
  }) as string)
  const other = put('other.pem', privateKey.export(pkcs8) as string)
  const weak = put('weak.pem', generateKeyPairSync('rsa', { modulusLength: 1024 })
    .privateKey.export(pkcs8) as string)
  const made = await runProgram(['keygen', '--out', folder])
  t.equal(made.code, 0, made.stderr)
  const [key, cert] = [join(folder, 'identity.key'), join(folder, 'identity.crt')]
  const text = join(folder, 'text.pem')
  await expectRefusals(t, [
    { argv: [...HERE, '--key', join(folder, 'none')], line: /--key: cannot read .*no such file/ },
    { argv: [...HERE, '--key', folder], line: /--key: cannot read .*it is a directory/ },
    { argv: [...HERE, '--key', text], line: /--key: / },
    { argv: [...HERE, '--key', encrypted], line: /--key: .*encrypted/ },
    { argv: [...HERE, '--key', weak], line: /--key: .*2048/ },
    { argv: [...HERE, '--cert', cert], line: /--cert: / },
    { argv: [...HERE, '--key', key, '--cert', text], line: /--cert: / },
    { argv: [...HERE, '--key', other, '--cert', cert], line: /--cert: / },
    {
      argv: HERE, environment: { P2P_GOSSIP_KEY: text }, line: /P2P_GOSSIP_KEY: /,
    },
  ])
})

t.test('keygen makes a pair that id reads, and never overwrites', async t => {
  const folder = join(t.testdir({}), 'new')
  const made = await runProgram(['keygen', '--out', folder, '--key-type', 'p256', '--json'])
  t.equal(made.code, 0, made.stderr)
  t.equal(made.stderr, '')
  const { id, short, key, cert } = JSON.parse(made.stdout) as Record<string, string>
  t.match(id, /^[a-z2-7]{52}$/)
  t.equal(short, id?.slice(0, 10))
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(key ?? '').mode & 0o777, 0o600)
  const before = readFileSync(key ?? '', 'utf8')
  const [again, byKey, byCert, byBoth, byData, asJson, none] = await Promise.all([
    ['keygen', '--out', folder], ['id', '--key', key ?? ''], ['id', '--cert', cert ?? ''],
    ['id', '--key', key ?? '', '--cert', cert ?? ''], ['id', '--data', folder],
    ['id', '--key', key ?? '', '--json'], ['id'],
  ].map(async argv => runProgram(argv))) as [Ended, Ended, Ended, Ended, Ended, Ended, Ended]
  t.equal(again.code, 2)
  t.match(again.stderr, /^p2p-gossip: --out: ".*identity\.key" exists and is not [^\n]*\n$/)
  t.equal(readFileSync(key ?? '', 'utf8'), before)
  for (const { stdout } of [byKey, byCert, byBoth, byData]) t.equal(stdout, `${id}\n`)
  t.same(JSON.parse(asJson.stdout), { id, short })
  t.equal(none.code, 2)
  t.match(none.stderr, /^p2p-gossip: id needs --key FILE[^\n]*\n$/)
})

t.test('keygen leaves no half of a pair', async t => {
  const folder = t.testdir({ 'identity.crt': 'mine' })
  await expectRefusals(t, [
    { argv: ['keygen'], line: /keygen needs --out DIR/ },
    { argv: ['keygen', '--out', folder], line: /identity\.crt" exists and is not overwritten/ },
    {
      argv: ['keygen', '--out', join(folder, 'identity.crt', 'x')],
      line: /cannot make the directory ".*": a part of the path is no directory/,
    },
  ])
  t.notOk(existsSync(join(folder, 'identity.key')))
  t.equal(readFileSync(join(folder, 'identity.crt'), 'utf8'), 'mine')
})
