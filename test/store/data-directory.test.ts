import {
  chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GossipError, type ErrorCode } from '../../src/errors.js'
import type { LogEntry } from '../../src/ports.js'
import { openDataDirectory, type GivenIdentity } from '../../src/store/data-directory.js'
import { createIdentity, type IdentityFiles } from '../../src/tls/keys.js'

const NONE: GivenIdentity = { key: null, cert: null, keyType: 'ed25519' }

t.test('a new directory gets an identity, and nobody else may look', async t => {
  const path = join(t.testdir(), 'deep', 'data')
  const identity = await openAndClose(path)
  t.equal(modeOf(path), 0o700)
  t.equal(modeOf(join(path, 'store')), 0o700)
  t.equal(modeOf(join(path, 'identity.key')), 0o600)
  t.equal(modeOf(join(path, 'identity.crt')), 0o600)
  t.equal(readFileSync(join(path, 'identity.key'), 'utf8'), identity.key)
  t.equal(readFileSync(join(path, 'identity.crt'), 'utf8'), identity.cert)
  t.same(readdirSync(path).sort(), ['bulletins', 'identity.crt', 'identity.key', 'store'])
  t.equal(modeOf(join(path, 'bulletins')), 0o700)
})

t.test('a generous umask makes no difference, and is not changed', async t => {
  const path = join(t.testdir(), 'data')
  const before = process.umask(0)
  t.teardown(() => { process.umask(before) })
  await openAndClose(path)
  t.equal(process.umask(), 0)
  t.equal(modeOf(path), 0o700)
  t.equal(modeOf(join(path, 'identity.key')), 0o600)
})

t.test('the identity stays, whatever kind of key would be made now', async t => {
  const path = join(t.testdir(), 'data')
  const first = await openAndClose(path, { ...NONE, keyType: 'p256' })
  const second = await openAndClose(path)
  t.same(second, first)
})

t.test('the store is in it, and its own', async t => {
  const path = join(t.testdir(), 'data')
  const { store, bulletins } = await openDataDirectory(path, NONE)
  await store.putIncarnation(77)
  await fails(t, path, 'data-in-use', join(path, 'store'))
  await store.close()
  await bulletins.close()
  const again = await openDataDirectory(path, NONE)
  t.equal((await again.store.load()).incarnation, 77)
  await again.store.close()
  await again.bulletins.close()
})

t.test('a given key is used and not copied, and the kept one stays', async t => {
  const path = join(t.testdir(), 'data')
  const given = createIdentity('p256')
  const used = await openAndClose(path, { ...NONE, key: given.key, cert: given.cert })
  t.equal(used.id, given.id)
  t.equal(used.cert, given.cert)
  t.same(readdirSync(path).sort(), ['bulletins', 'store'])
  const kept = await openAndClose(path)
  t.not(kept.id, given.id)
  t.equal((await openAndClose(path, { ...NONE, key: given.key })).id, given.id)
  t.equal((await openAndClose(path)).id, kept.id)
})

t.test('a given key that cannot be used leaves nothing open', async t => {
  const path = join(t.testdir(), 'data')
  await fails(t, path, 'key-unreadable', 'private key', { ...NONE, key: 'nonsense' })
  await openAndClose(path)
})

t.test('without its certificate, or with a damaged or foreign one, the identity stays', async t => {
  const path = join(t.testdir(), 'data')
  const first = await openAndClose(path)
  const certPath = join(path, 'identity.crt')
  const harms: [string, () => void][] = [
    ['missing', () => { rmSync(certPath) }],
    ['not usable', () => { writeFileSync(certPath, 'rubbish') }],
    ['not usable', () => { writeFileSync(certPath, '') }],
    ['not usable', () => { writeFileSync(certPath, createIdentity('ed25519').cert) }],
  ]
  for (const [what, harm] of harms) {
    harm()
    const log: LogEntry[] = []
    const healed = await openAndClose(path, NONE, log)
    t.equal(healed.id, first.id, what)
    t.equal(healed.key, first.key)
    t.equal(readFileSync(certPath, 'utf8'), healed.cert)
    t.match(log, [{ level: 'warn', area: 'store', message: what }])
    t.same(await openAndClose(path), healed)
  }
})

t.test('a damaged key is an error that names the file, never a new identity', async t => {
  const path = join(t.testdir(), 'data')
  const { key } = await openAndClose(path)
  const keyPath = join(path, 'identity.key')
  for (const damaged of ['', 'rubbish', key.slice(0, 50)]) {
    writeFileSync(keyPath, damaged)
    await fails(t, path, 'key-unreadable', keyPath)
    t.equal(readFileSync(keyPath, 'utf8'), damaged)
  }
  writeFileSync(keyPath, key)
  t.equal((await openAndClose(path)).key, key)
})

t.test('a lost key beside its certificate is an error, never a new identity', async t => {
  const path = join(t.testdir(), 'data')
  await openAndClose(path)
  rmSync(join(path, 'identity.key'))
  await fails(t, path, 'data-unusable', join(path, 'identity.key'))
  t.notOk(existsSync(join(path, 'identity.key')))
})

t.test('what an interrupted write left behind is written over', async t => {
  const path = join(t.testdir(), 'data')
  mkdirSync(path)
  writeFileSync(join(path, 'identity.key.new'), 'half a k', { mode: 0o644 })
  await openAndClose(path)
  t.equal(modeOf(join(path, 'identity.key')), 0o600)
  t.notOk(existsSync(join(path, 'identity.key.new')))
})

t.test('a place that cannot be a directory is unusable', async t => {
  const directory = t.testdir({ file: 'text' })
  await fails(t, join(directory, 'file'), 'data-unusable', join(directory, 'file'))
  await fails(t, join(directory, 'file', 'below'), 'data-unusable', 'below')
  t.equal(readFileSync(join(directory, 'file'), 'utf8'), 'text')
})

t.test('a directory that this user may not write to is unusable',
  { skip: process.getuid?.() === 0 }, async t => {
    const path = join(t.testdir({ data: {} }), 'data')
    chmodSync(path, 0o500)
    await fails(t, path, 'data-unusable', path)
  })

t.test('a key file that is a directory is unusable', async t => {
  const path = t.testdir({ 'identity.key': {} })
  await fails(t, path, 'data-unusable', join(path, 'identity.key'))
})

async function openAndClose (
  path: string, given: GivenIdentity = NONE, log: LogEntry[] = [],
): Promise<IdentityFiles> {
  const { identity, store, bulletins } =
    await openDataDirectory(path, given, entry => log.push(entry))
  await store.close()
  await bulletins.close()
  return identity
}

async function fails (
  t: Test, path: string, code: ErrorCode, message: string, given: GivenIdentity = NONE,
): Promise<void> {
  const error = await openAndClose(path, given).then(() => null, (error: unknown) => error)
  t.ok(error instanceof GossipError && error.code === code, `${code}: ${String(error)}`)
  if (error instanceof GossipError) t.match(error.message, message)
}

function modeOf (path: string): number {
  return statSync(path).mode & 0o777
}
