import {
  createHash, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createSealer } from '../../src/sealing/sealer.js'
import { PRIVATE_LIMITS } from '../../src/limits.js'

const oracle = JSON.parse(readFileSync(
  new URL('../fixtures/oracles/sealed-box.json', import.meta.url), 'utf8',
)) as Record<string, string>

function bytesOf (name: string): Uint8Array {
  return new Uint8Array(Buffer.from(oracle[name] ?? '', 'hex'))
}

const { pairOf } = createSealer()

t.test('the box of the oracle is sealed byte for byte, and opened', async t => {
  const recipient = pairOf(secretOf(bytesOf('recipient_ed25519_seed')))
  t.strictSame(recipient.publicKey, bytesOf('recipient_x25519_public'))
  const sealer = createSealer(() => pairOf(bytesOf('ephemeral_secret')))
  const plain = new TextEncoder().encode(oracle['plaintext_utf8'])
  t.strictSame(sealer.seal(plain, recipient.publicKey), bytesOf('sealed'))
  t.strictSame(Buffer.from(sealer.open(bytesOf('sealed'), recipient)!), Buffer.from(plain))
})

/** X25519 from an Ed25519 seed, as the oracle has it: the clamped first half of its SHA-512. */
function secretOf (seed: Uint8Array): Uint8Array {
  const hash = new Uint8Array(createHash('sha512').update(seed).digest().subarray(0, 32))
  hash[0]! &= 248
  hash[31]! = hash[31]! & 127 | 64
  return hash
}

t.test('keys agree with those that node:crypto makes', async t => {
  const made = generateKeyPairSync('x25519')
  const pem = made.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const sealer = createSealer()
  const pair = sealer.createPair()
  const theirs = sealer.readKey(pem)
  t.equal(sealer.exportKey(theirs), pem)
  const secretDer = Buffer.concat([
    Buffer.from('302e020100300506032b656e04220420', 'hex'), pair.secretKey,
  ])
  const privateKey = createPrivateKey({ key: secretDer, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(sealer.exportKey(pair.publicKey))
  t.strictSame(diffieHellman({ privateKey, publicKey: made.publicKey }),
    diffieHellman({ privateKey: made.privateKey, publicKey }))
})

t.test('a PEM is read whatever its lines are, and with text around it', async t => {
  const sealer = createSealer()
  const { publicKey } = sealer.createPair()
  const pem = sealer.exportKey(publicKey)
  const base64 = pem.split('\n')[1]!
  const lines = base64.replaceAll(/(.{7})/g, '$1\r\n')
  for (const text of [
    pem, `Exchange key:\n${pem}\n\nsee you`, pem.replace(base64, lines), pem.trim(),
  ]) t.strictSame(sealer.readKey(text), publicKey)
})

/** Over-long lines of base64, as gossipd prints its keys. */
function inLongLines (pem: string): string {
  const [head = '', ...lines] = pem.trim().split('\n')
  const base64 = lines.slice(0, -1).join('').replaceAll(/(.{78})/g, '$1\n')
  return `${head}\n${base64}\n${lines.at(-1)}\n`
}

t.test('RSA keys, gossipd\'s own before all, are refused by name', async t => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  for (const pem of [spki, inLongLines(spki), pkcs1, inLongLines(pkcs1)]) {
    t.throws(() => createSealer().readKey(pem), {
      code: 'exchange-key-invalid', message: /^an RSA key of gossipd: /,
    })
  }
})

t.test('what is no exchange key is refused, saying what it is and not what is in it', async t => {
  const { privateKey } = generateKeyPairSync('x25519')
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const ed25519 = generateKeyPairSync('ed25519').publicKey
    .export({ type: 'spki', format: 'pem' }).toString()
  const good = createSealer().exportKey(pairOf(new Uint8Array(32).fill(9)).publicKey)
  const cases: [string, RegExp][] = [
    ['', /no PEM text/],
    ['nothing', /no PEM text/],
    [secret, /a private key, which nobody else/],
    [secret.replaceAll('PRIVATE', 'RSA PRIVATE'), /a private key, which nobody else/],
    [secret.replaceAll('PRIVATE KEY', 'CERTIFICATE'), /holds a CERTIFICATE/],
    [ed25519, /of type ed25519/],
    [good + good, /several/],
    [good.replace('MCow', 'MCox'), /damaged/],
    [good.replace('=\n', '\n=!\n'), /damaged/],
    [good.replace(/-----END.*/, ''), /damaged/],
    [`${' '.repeat(PRIVATE_LIMITS.exchangeKeyCharsMax)}${good}`, /more than 8192 characters/],
  ]
  for (const [pem, why] of cases) {
    const refused = (): unknown => createSealer().readKey(pem)
    t.throws(refused, { code: 'exchange-key-invalid', message: why })
    const body = pem.split('\n')[1] ?? ''
    try {
      refused()
    } catch (error) {
      if (body.length > 20) t.notOk(String(error).includes(body.slice(0, 20)))
    }
  }
})
