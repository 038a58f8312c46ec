import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { createIdentity, readIdentity } from '../../src/tls/keys.js'
import { spkiOf } from '../../src/tls/public-key.js'
import { createSuite, createVerifier } from '../../src/tls/suite.js'

const TEXT = new TextEncoder().encode('what is signed')

t.test('hash is SHA-256', async t => {
  const { hash } = createSuite(createIdentity('ed25519'))
  t.same([...hash(TEXT)], [...createHash('sha256').update(TEXT).digest()])
  t.equal(hash(new Uint8Array()).length, 32)
})

t.test('each kind of key signs, and every node verifies it, again and again', async t => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const signers = [
    createIdentity('ed25519'), createIdentity('p256'), createIdentity('rsa'),
    readIdentity({ key: p384.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: null }),
  ]
  const verifier = createSuite(createIdentity('ed25519'))
  const onPool = createVerifier()
  for (const signer of signers) {
    const signature = createSuite(signer).sign(TEXT)
    const { publicKey } = signer
    for (let round = 0; round < 2; round++) {
      t.ok(verifier.verify(publicKey, TEXT, signature))
      t.notOk(verifier.verify(publicKey, Uint8Array.of(...TEXT, 0), signature), 'other bytes')
      t.notOk(verifier.verify(publicKey, TEXT, flipped(signature)), 'another signature')
      t.notOk(verifier.verify(createIdentity('ed25519').publicKey, TEXT, signature), 'another key')
      t.ok(await onPool(publicKey, TEXT, signature))
      t.notOk(await onPool(publicKey, Uint8Array.of(...TEXT, 0), signature), 'other bytes')
      t.notOk(await onPool(publicKey, TEXT, flipped(signature)), 'another signature')
    }
  }
})

t.test('rubbish is false and never throws', async t => {
  const { publicKey } = createIdentity('p256')
  const suite = createSuite(createIdentity('ed25519'))
  const onPool = createVerifier()
  const rubbish = [new Uint8Array(), Uint8Array.of(0x30, 0x80), new Uint8Array(1_024).fill(0xff)]
  for (const bytes of rubbish) {
    t.notOk(suite.verify(bytes, TEXT, new Uint8Array(64)))
    t.notOk(suite.verify(publicKey, TEXT, bytes))
    t.notOk(suite.verify(bytes, bytes, bytes))
    t.notOk(await onPool(bytes, TEXT, new Uint8Array(64)))
    t.notOk(await onPool(publicKey, TEXT, bytes))
  }
})

t.test('a good signature of a key that takes no part is false', async t => {
  const { verify } = createSuite(createIdentity('ed25519'))
  const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 })
  const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  for (const { privateKey, publicKey } of [weak, curve]) {
    t.notOk(verify(spkiOf(publicKey), TEXT, sign('sha256', TEXT, privateKey)))
  }
})

t.test('what is verified on the pool may change right after the call', async t => {
  const identity = createIdentity('ed25519')
  const signature = createSuite(identity).sign(TEXT)
  const bytes = Uint8Array.from(TEXT)
  const verdict = createVerifier()(identity.publicKey, bytes, signature)
  bytes.fill(0)
  signature.fill(0)
  t.ok(await verdict)
})

t.test('a second encoding of the same key is no key', async t => {
  const identity = createIdentity('ed25519')
  const suite = createSuite(identity)
  const signature = suite.sign(TEXT)
  t.ok(suite.verify(identity.publicKey, TEXT, signature))
  t.notOk(suite.verify(Uint8Array.of(...identity.publicKey, 0), TEXT, signature), 'a byte after it')
})

t.test('more keys than are kept all verify, the oldest anew', async t => {
  const suite = createSuite(createIdentity('ed25519'))
  const signers = Array.from({ length: 2_060 }, () => generateKeyPairSync('ed25519'))
  const signed = signers.map(({ publicKey, privateKey }) => (
    { spki: spkiOf(publicKey), signature: sign(null, TEXT, privateKey) }
  ))
  const wrong = [...signed, ...signed.slice(0, 20)]
    .filter(({ spki, signature }) => !suite.verify(spki, TEXT, signature))
  t.equal(wrong.length, 0)
})

function flipped (bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}
