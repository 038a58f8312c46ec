/**
 * Exchange keys as texts that people hand to each other: PEM of an X25519 public key. What else an
 * operator may have at hand, an RSA key of gossipd before all, is recognised and refused by name.
 * Read next: `sealed-box.ts`, which uses the keys.
 */
import { createPublicKey } from 'node:crypto'
import { GossipError } from '../errors.js'
import { PRIVATE_LIMITS } from '../limits.js'
import { BOX_KEY_BYTES } from '../wire/private.js'
import { SPKI_PREFIX } from './sealed-box.js'

const HELP = 'give the text that begins with -----BEGIN PUBLIC KEY-----, which the other node ' +
  'printed as its exchange key'

/** PEM (SPKI) of 32 bytes, with a line break at its end. */
export function exportExchangeKey (publicKey: Uint8Array): string {
  const base64 = Buffer.concat([SPKI_PREFIX, publicKey]).toString('base64')
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`
}

/**
 * The 32 bytes of a PEM text; text around it and the lengths of its lines do not matter. Throws
 * GossipError `exchange-key-invalid`, which says what the text is instead and never quotes it.
 */
export function readExchangeKey (pem: string): Uint8Array {
  if (pem.length > PRIVATE_LIMITS.exchangeKeyCharsMax) {
    throw invalid(`the exchange key has more than ${PRIVATE_LIMITS.exchangeKeyCharsMax} characters`)
  }
  const labels = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, label]) => label)
  const [label] = labels
  if (label === undefined) throw invalid('the exchange key is no PEM text')
  if (labels.length > 1) throw invalid('the text holds several keys or certificates')
  if (label === 'RSA PUBLIC KEY') throw rsaKey()
  if (label.endsWith('PRIVATE KEY')) {
    throw invalid('the text holds a private key, which nobody else is ever to see')
  }
  if (label !== 'PUBLIC KEY') throw invalid(`the text holds a ${label}, not a public key`)
  const [, base64 = ''] =
    /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----/.exec(pem) ?? []
  return keyOf(Buffer.from(base64, 'base64'))
}

function keyOf (der: Buffer): Uint8Array {
  const isX25519 = der.length === SPKI_PREFIX.length + BOX_KEY_BYTES &&
    der.subarray(0, SPKI_PREFIX.length).equals(SPKI_PREFIX)
  if (isX25519) return new Uint8Array(der.subarray(SPKI_PREFIX.length))
  const type = typeOf(der)
  if (type === 'rsa' || type === 'rsa-pss') throw rsaKey()
  throw invalid(type === null
    ? 'the exchange key is damaged'
    : `the text holds a public key of type ${type}, not X25519`)
}

function typeOf (der: Buffer): string | null {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' }).asymmetricKeyType ?? null
  } catch {
    return null
  }
}

function rsaKey (): GossipError {
  const what = 'an RSA key of gossipd: private messages need an X25519 key here; ask the other ' +
    'operator for the exchange key that p2p-gossip made for you'
  return new GossipError('exchange-key-invalid', what)
}

function invalid (what: string): GossipError {
  return new GossipError('exchange-key-invalid', `${what}; ${HELP}`)
}
