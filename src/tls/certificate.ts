/**
 * Self-signed X.509 certificates, built from ASN.1 by hand with node-forge: forge itself can sign
 * neither Ed25519 nor EC, so the signature is node:crypto's. A certificate carries a key and is
 * trusted for nothing else; names and dates are there because the format wants them.
 */
import { randomBytes, sign, type KeyObject } from 'node:crypto'
import forge from 'node-forge'

const { asn1 } = forge
type Asn1 = forge.asn1.Asn1

/** X.509 certificates of a mesh end with their key: 20 years, like Syncthing's. */
const VALID_YEARS = 20
const DAY_MS = 86_400_000

/** Signature algorithms by key (RFC 8410, RFC 5758, RFC 4055). */
const ALGORITHMS = {
  ed25519: { oid: '1.3.101.112', hash: null, withNull: false },
  ec: { oid: '1.2.840.10045.4.3.2', hash: 'sha256', withNull: false },
  rsa: { oid: '1.2.840.113549.1.1.11', hash: 'sha256', withNull: true },
} as const

/**
 * A self-signed certificate of a key, in PEM.
 *
 * @param commonName subject and issuer, for people only
 * @param publicKey SPKI DER
 * @param nowMs wall clock; valid from a day before, against clocks that are behind
 */
export function issueCertificate (
  privateKey: KeyObject, publicKey: Uint8Array, commonName: string, nowMs = Date.now(),
): string {
  const kind = privateKey.asymmetricKeyType
  const algorithm = kind === 'ed25519' || kind === 'ec' ? ALGORITHMS[kind] : ALGORITHMS.rsa
  const identifier = sequence(
    oid(algorithm.oid),
    ...(algorithm.withNull ? [make(asn1.Type.NULL, '')] : []),
  )
  const name = sequence(set(sequence(oid('2.5.4.3'), make(asn1.Type.UTF8, commonName))))
  const ends = new Date(nowMs)
  ends.setUTCFullYear(ends.getUTCFullYear() + VALID_YEARS)
  const body = sequence(
    tagged(0, [make(asn1.Type.INTEGER, '\x02')]),
    make(asn1.Type.INTEGER, serialNumber()),
    identifier,
    name,
    sequence(time(new Date(nowMs - DAY_MS)), time(ends)),
    name,
    asn1.fromDer(toBinary(publicKey)),
    tagged(3, [sequence(alternativeName('p2p-gossip'))]),
  )
  const signed = Buffer.from(asn1.toDer(body).getBytes(), 'binary')
  const signature = sign(algorithm.hash, signed, privateKey)
  // A BIT STRING begins with the count of unused bits: none.
  const certificate = sequence(
    body, identifier, make(asn1.Type.BITSTRING, `\x00${toBinary(signature)}`),
  )
  const base64 = Buffer.from(asn1.toDer(certificate).getBytes(), 'binary').toString('base64')
  const lines = base64.match(/.{1,64}/g)?.join('\n') ?? ''
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** Sixteen random bytes, positive and without a leading zero byte. */
function serialNumber (): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return toBinary(bytes)
}

/** RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
function time (date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? make(asn1.Type.UTCTIME, asn1.dateToUtcTime(date) as unknown as string)
    : make(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date) as unknown as string)
}

function alternativeName (host: string): Asn1 {
  const names = sequence(asn1.create(asn1.Class.CONTEXT_SPECIFIC, 2, false, host))
  const value = make(asn1.Type.OCTETSTRING, asn1.toDer(names).getBytes())
  return sequence(oid('2.5.29.17'), value)
}

function oid (dotted: string): Asn1 {
  return make(asn1.Type.OID, asn1.oidToDer(dotted).getBytes())
}

function sequence (...items: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, items)
}

function set (...items: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, items)
}

function tagged (tag: number, items: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, items)
}

function make (type: forge.asn1.Type, value: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, value)
}

function toBinary (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('binary')
}
