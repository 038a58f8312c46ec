import { createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import t from 'tap'
import { issueCertificate } from '../../src/tls/certificate.js'
import { spkiOf } from '../../src/tls/public-key.js'

const NOW_MS = Date.UTC(2026, 10, 21, 12)
const KEYS: Record<string, KeyObject> = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  rsa: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
}

t.test('a certificate of each kind of key carries the key and its own signature', async t => {
  for (const [kind, key] of Object.entries(KEYS)) {
    const certificate = issue(key)
    const publicKey = createPublicKey(key)
    t.same([...spkiOf(certificate.publicKey)], [...spkiOf(publicKey)], kind)
    t.ok(certificate.verify(publicKey), 'signed with its own key')
    t.ok(certificate.checkPrivateKey(key))
    t.equal(certificate.subject, 'CN=abcdefghij')
    t.equal(certificate.issuer, 'CN=abcdefghij')
    t.equal(certificate.subjectAltName, 'DNS:p2p-gossip')
    t.notOk(certificate.ca)
  }
})

t.test('it is valid from a day before, for about twenty years', async t => {
  const certificate = issue(KEYS.ed25519!)
  t.equal(Date.parse(certificate.validFrom), NOW_MS - 86_400_000)
  const years = (Date.parse(certificate.validTo) - NOW_MS) / (365.25 * 86_400_000)
  t.ok(years > 19.9 && years < 20.1, `${years} years`)
})

t.test('from 2050 on the end is a GeneralizedTime, before it a UTCTime', async t => {
  const late = issue(KEYS.ed25519!, Date.UTC(2031, 5, 1))
  t.equal(new Date(late.validTo).getUTCFullYear(), 2051)
  t.ok(late.raw.includes('20510601000000Z'))
  const early = issue(KEYS.ed25519!)
  t.ok(early.raw.includes('461121'))
  t.notOk(early.raw.includes('20461121'))
})

t.test('serial numbers are random, positive and sixteen bytes', async t => {
  const numbers = Array.from({ length: 20 }, () => issue(KEYS.ed25519!).serialNumber)
  t.equal(new Set(numbers).size, 20)
  for (const number of numbers) t.match(number, /^[4-7][0-9A-F]{31}$/)
})

t.test('it is PEM as everybody writes it: lines of 64, a line feed at the end', async t => {
  const key = KEYS.rsa!
  const pem = issueCertificate(key, spkiOf(createPublicKey(key)), 'x', NOW_MS)
  t.equal(pem, new X509Certificate(pem).toString())
})

function issue (key: KeyObject, nowMs = NOW_MS): X509Certificate {
  return new X509Certificate(
    issueCertificate(key, spkiOf(createPublicKey(key)), 'abcdefghij', nowMs),
  )
}
