/**
 * A node's own identity: made, or read from what an operator gave. Decides which files are accepted
 * and says precisely why one is not; never prints what is in them. A certificate may be renewed as
 * often as one likes: the identity is the hash of the public key and stays.
 * Read next: `public-key.ts` for the keys that take part, `certificate.ts`, which issues.
 */
import {
  createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject,
} from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { GossipError } from '../errors.js'
import { TRUST_LIMITS } from '../limits.js'
import type { KeyType } from '../options.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { issueCertificate } from './certificate.js'
import { identityOf, spkiOf, unsupportedKey } from './public-key.js'

/** A private key, its certificate, and who they make a node. */
export interface IdentityFiles {
  readonly id: Identity
  /** PKCS#8 PEM, not encrypted. Secret. */
  readonly key: string
  /** X.509 PEM. */
  readonly cert: string
  /** SPKI DER; its SHA-256 is the identity. */
  readonly publicKey: Uint8Array
}

/** A fresh identity with a certificate for twenty years. RSA takes 0.2 s and more. */
export function createIdentity (keyType: KeyType = 'ed25519'): IdentityFiles {
  return selfSigned(generateKey(keyType))
}

/**
 * Reads a private key and, when given, the certificate that belongs to it; else issues one. Dates
 * and names of a certificate are not looked at; of several in one text the first counts.
 *
 * @param key PEM: PKCS#8, PKCS#1 or SEC1, not encrypted; Ed25519, P-256, P-384 or RSA ≥ 2048
 * @throws GossipError `key-unreadable`, `key-unsupported`, `certificate-unreadable`, `key-mismatch`
 */
export function readIdentity (
  { key, cert }: { readonly key: string, readonly cert: string | null },
): IdentityFiles {
  const privateKey = readPrivateKey(key)
  const unsupported = unsupportedKey(privateKey)
  if (unsupported !== null) {
    const what = `the private key is ${unsupported}: use Ed25519, P-256, P-384, or RSA of at ` +
      `least ${TRUST_LIMITS.rsaBitsMin} bits`
    throw new GossipError('key-unsupported', what)
  }
  return cert === null ? selfSigned(privateKey) : certified(privateKey, cert)
}

function generateKey (keyType: KeyType): KeyObject {
  switch (keyType) {
    case 'ed25519': return generateKeyPairSync('ed25519').privateKey
    case 'p256': return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    // The smallest that is accepted: a larger one costs every peer time at each handshake.
    case 'rsa': {
      const modulusLength = TRUST_LIMITS.rsaBitsMin
      return generateKeyPairSync('rsa', { modulusLength }).privateKey
    }
  }
}

function selfSigned (privateKey: KeyObject): IdentityFiles {
  const publicKey = spkiOf(createPublicKey(privateKey))
  const id = identityOf(publicKey)
  const cert = issueCertificate(privateKey, publicKey, shortIdentity(id))
  return { id, key: pkcs8Of(privateKey), cert, publicKey }
}

function certified (privateKey: KeyObject, pem: string): IdentityFiles {
  const certificate = readCertificate(pem)
  if (!certificate.checkPrivateKey(privateKey)) {
    const what = 'the certificate belongs to another private key: give the certificate of this ' +
      'key, or the key alone'
    throw new GossipError('key-mismatch', what)
  }
  const key = pkcs8Of(privateKey)
  const cert = certificate.toString()
  try {
    createSecureContext({ key, cert })
  } catch (error) {
    throw unreadableCertificate(`TLS cannot use it (${reasonOf(error)})`, error)
  }
  // As peers will see it: from the certificate.
  const publicKey = spkiOf(certificate.publicKey)
  return { id: identityOf(publicKey), key, cert, publicKey }
}

function readPrivateKey (pem: string): KeyObject {
  const why = notPlainKey(pem)
  if (why !== null) throw unreadableKey(why)
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch (error) {
    throw unreadableKey(`it is damaged or of an unknown form (${reasonOf(error)})`, error)
  }
}

/** What is wrong at first sight, or null. */
function notPlainKey (pem: string): string | null {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type:.*ENCRYPTED/m.test(pem)) {
    return 'it is encrypted, and no passphrase is ever asked for: decrypt it first ' +
      '(openssl pkey -in KEY -out PLAIN)'
  }
  if (pem.includes('-----BEGIN OPENSSH PRIVATE KEY-----')) {
    return 'it is in the format of OpenSSH: convert it (ssh-keygen -p -m PKCS8 -f KEY)'
  }
  return /-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(pem) ? null : notWhatIsAsked(pem)
}

function unreadableKey (why: string, cause?: unknown): GossipError {
  const what = `the private key cannot be read: ${why}; give an unencrypted PEM private key: ` +
    'PKCS#8, PKCS#1 or SEC1'
  return new GossipError('key-unreadable', what, cause)
}

/** One whose key can be had. */
function readCertificate (pem: string): X509Certificate {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw unreadableCertificate(notWhatIsAsked(pem))
  }
  try {
    const certificate = new X509Certificate(pem)
    void certificate.publicKey
    return certificate
  } catch (error) {
    throw unreadableCertificate(`it is damaged (${reasonOf(error)})`, error)
  }
}

function unreadableCertificate (why: string, cause?: unknown): GossipError {
  const what = `the certificate cannot be read: ${why}; give a PEM X.509 certificate, or the key ` +
    'alone'
  return new GossipError('certificate-unreadable', what, cause)
}

/** The label of another kind of PEM text tells an operator which file was taken for which. */
function notWhatIsAsked (pem: string): string {
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(pem)?.[1]
  return label === undefined ? 'it is no PEM text' : `it holds a ${label} instead`
}

function pkcs8Of (privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** OpenSSL's word for it, which never quotes what it read. */
function reasonOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason'
}
