import { createHash, createSecretKey, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { digestOf, identityOf, spkiOf, unsupportedKey } from '../../src/tls/public-key.js'
import { WIRE_LIMITS } from '../../src/limits.js'
import { identityToBytes } from '../../src/wire/identity.js'

t.test('four kinds take part, as private and as public keys', async t => {
  const pairs = [
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ]
  for (const { publicKey, privateKey } of pairs) {
    t.equal(unsupportedKey(publicKey), null)
    t.equal(unsupportedKey(privateKey), null)
    t.ok(spkiOf(publicKey).length <= WIRE_LIMITS.publicKeyBytesMax)
  }
})

t.test('any other says what it is', async t => {
  t.equal(unsupportedKey(generateKeyPairSync('ed448').publicKey), 'a key of type ed448')
  t.equal(
    unsupportedKey(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey),
    'an EC key on the curve secp521r1',
  )
  t.equal(unsupportedKey(createSecretKey(Buffer.alloc(32))), 'a key of type secret')
})

t.test('the identity is the hash of the SPKI; Ed25519 alone signs without a digest', async t => {
  const { publicKey } = generateKeyPairSync('ed25519')
  const spki = spkiOf(publicKey)
  t.same([...spki], [...publicKey.export({ type: 'spki', format: 'der' })])
  t.same(
    [...identityToBytes(identityOf(spki))], [...createHash('sha256').update(spki).digest()],
  )
  t.equal(digestOf(publicKey), null)
  t.equal(digestOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), 'sha256')
})
