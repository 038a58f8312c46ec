import {
  createHash, createPrivateKey, generateKeyPairSync, X509Certificate, type KeyExportOptions,
  type KeyObject,
} from 'node:crypto'
import { createSecureContext } from 'node:tls'
import t, { type Test } from 'tap'
import { GossipError, type ErrorCode } from '../../src/errors.js'
import { createIdentity, readIdentity } from '../../src/tls/keys.js'
import { identityFromHash, parseIdentity } from '../../src/wire/identity.js'
import { filesOf } from './peers.js'

const KEY_TYPES = ['ed25519', 'p256', 'rsa'] as const

t.test('a fresh identity is the SHA-256 of its public key, and TLS takes it', async t => {
  for (const keyType of KEY_TYPES) {
    const { id, key, cert, publicKey } = createIdentity(keyType)
    t.equal(id, identityFromHash(createHash('sha256').update(publicKey).digest()), keyType)
    t.equal(parseIdentity(id), id)
    t.match(key, /^-----BEGIN PRIVATE KEY-----\n/)
    const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
    t.same([...spki], [...publicKey])
    t.doesNotThrow(() => createSecureContext({ key, cert }))
    t.not(createIdentity(keyType).id, id, 'each is another')
  }
  t.equal(createPrivateKey(createIdentity().key).asymmetricKeyType, 'ed25519', 'the default')
})

t.test('a new certificate under the same key is the same identity', async t => {
  for (const keyType of KEY_TYPES) {
    const first = createIdentity(keyType)
    const renewed = readIdentity({ key: first.key, cert: null })
    t.not(renewed.cert, first.cert)
    t.equal(renewed.id, first.id)
    const given = readIdentity({ key: first.key, cert: renewed.cert })
    t.equal(given.id, first.id)
    t.equal(given.cert, renewed.cert)
  }
})

t.test('PKCS#8, PKCS#1 and SEC1 of one key are one identity', async t => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
  const ids = (['pkcs1', 'pkcs8'] as const).map(type => idOf(pemOf(rsa, type)))
  t.equal(ids[0], ids[1])
  for (const namedCurve of ['P-256', 'P-384']) {
    const ec = generateKeyPairSync('ec', { namedCurve }).privateKey
    t.equal(idOf(pemOf(ec, 'sec1')), idOf(pemOf(ec, 'pkcs8')), namedCurve)
  }
})

t.test('text around the key does no harm, nor do EC parameters before it', async t => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const label = 'EC PARAMETERS-----\n'
  const parameters = `-----BEGIN ${label}BggqhkjOPQMBBw==\n-----END ${label}`
  t.equal(idOf(`my key\r\n\r\n${parameters}${pemOf(ec, 'sec1')}`), idOf(pemOf(ec, 'pkcs8')))
})

t.test('of several certificates the first counts, the rest is not shown', async t => {
  const own = createIdentity('ed25519')
  const { id, cert } = readIdentity({
    key: own.key, cert: own.cert + createIdentity('p256').cert,
  })
  t.equal(id, own.id)
  t.equal(cert, own.cert)
})

t.test('an encrypted key says that it is encrypted', async t => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'open sesame', format: 'pem' } as const
  const encrypted = [
    privateKey.export({ type: 'pkcs8', ...cipher }), privateKey.export({ type: 'sec1', ...cipher }),
  ]
  for (const key of encrypted) fails(t, 'key-unreadable', /is encrypted.*decrypt it/, String(key))
})

t.test('what is no key says what it is', async t => {
  const { key, cert } = createIdentity('ed25519')
  fails(t, 'key-unreadable', /no PEM text/, 'nonsense')
  fails(t, 'key-unreadable', /no PEM text/, '')
  fails(t, 'key-unreadable', /holds a CERTIFICATE instead/, cert)
  fails(t, 'key-unreadable', /OpenSSH.*ssh-keygen/,
    '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n')
  const damaged = key.replace(/\n(.{10}).{8}/, '\n$1AAAAAAAA')
  fails(t, 'key-unreadable', /damaged or of an unknown form/, damaged)
  fails(t, 'key-unreadable', /damaged or of an unknown form/, key.slice(0, 60))
})

t.test('a key that takes no part says what was found', async t => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey
  fails(t, 'key-unsupported', /an RSA key of 1024 bits: use Ed25519/, pemOf(weak, 'pkcs8'))
  const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
  fails(t, 'key-unsupported', /an EC key on the curve secp256k1/, pemOf(curve, 'sec1'))
  const x25519 = generateKeyPairSync('x25519').privateKey
  fails(t, 'key-unsupported', /a key of type x25519/, pemOf(x25519, 'pkcs8'))
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).privateKey
  fails(t, 'key-unsupported', /a key of type rsa-pss/, pemOf(pss, 'pkcs8'))
})

t.test('a certificate is read, and belongs to the key', async t => {
  const { key, cert } = createIdentity('p256')
  fails(t, 'certificate-unreadable', /no PEM text/, key, 'nonsense')
  fails(t, 'certificate-unreadable', /holds a PRIVATE KEY instead/, key, key)
  const lines = cert.split('\n')
  fails(t, 'certificate-unreadable', /damaged/, key, [lines[0], 'AAAA', lines.at(-2)].join('\n'))
  fails(t, 'key-mismatch', /belongs to another private key/, key, createIdentity('p256').cert)
  fails(t, 'key-mismatch', /belongs to another private key/, key, createIdentity('rsa').cert)
})

t.test('a certificate is trusted for nothing but the key: its dates do not matter', async t => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { key, cert } = filesOf(privateKey)
  t.equal(readIdentity({ key, cert }).id, readIdentity({ key, cert: null }).id)
})

/** Fails with the code and message, and without a word of the key. */
function fails (
  t: Test, code: ErrorCode, message: RegExp, key: string, cert: string | null = null,
): void {
  let error: unknown = null
  try {
    readIdentity({ key, cert })
  } catch (thrown) {
    error = thrown
  }
  t.ok(error instanceof GossipError && error.code === code, `${code}: ${String(error)}`)
  if (!(error instanceof GossipError)) return
  t.match(error.message, message)
  const told = `${error.message} ${String(error.cause)}`
  const body = key.split('\n').filter(line => /^[\w+/=]{16,}$/.test(line))
  t.notOk(body.some(line => told.includes(line.slice(0, 16))), 'nothing of the key is told')
}

function idOf (key: string): string {
  return readIdentity({ key, cert: null }).id
}

function pemOf (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1'): string {
  const options: KeyExportOptions<'pem'> = { type, format: 'pem' }
  return key.export(options).toString()
}
