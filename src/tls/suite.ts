/**
 * The cryptography the core is handed: hash, sign, verify, with node:crypto and this node's key;
 * and verifying on Node's thread pool for whoever may wait.
 * Read next: `core/suite.ts` for the promise, `key-ring.ts` for the keys that are accepted.
 */
import { createPrivateKey, hash, sign, verify } from 'node:crypto'
import type { Suite, Verifier } from '../ports.js'
import { createKeyRing, type KeyRing } from './key-ring.js'
import type { IdentityFiles } from './keys.js'
import { digestOf } from './public-key.js'

export function createSuite (identity: IdentityFiles, keyOf: KeyRing = createKeyRing()): Suite {
  const privateKey = createPrivateKey(identity.key)
  const digest = digestOf(privateKey)
  return {
    hash: sha256,
    sign: bytes => new Uint8Array(sign(digest, bytes, privateKey)),
    verify: (publicKey, bytes, signature) => {
      const key = keyOf(publicKey)
      if (key === null) return false
      try {
        return verify(digestOf(key), bytes, key, signature)
      } catch {
        return false
      }
    },
  }
}

/** By way of a text: quicker than a Buffer, and leaves no memory outside the heap behind. */
function sha256 (bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary')
  const digest = new Uint8Array(text.length)
  for (let i = 0; i < digest.length; i++) digest[i] = text.charCodeAt(i)
  return digest
}

/**
 * Node copies what it verifies before this returns: the bytes may change after it. The first of
 * each turn of the event loop is verified at once: waking a thread and being woken by it takes
 * longer than the tenth of a millisecond it needs. Many at once do not hold up the loop: they go
 * to the pool.
 */
export function createVerifier (keyOf: KeyRing = createKeyRing()): Verifier {
  let isFirst = true
  return (publicKey, bytes, signature) => new Promise(resolve => {
    const key = keyOf(publicKey)
    if (key === null) {
      resolve(false)
      return
    }
    if (isFirst) {
      isFirst = false
      setImmediate(() => { isFirst = true })
      try {
        resolve(verify(digestOf(key), bytes, key, signature))
      } catch {
        resolve(false)
      }
      return
    }
    try {
      verify(digestOf(key), bytes, key, signature, (error, isRight) => {
        resolve(error === null && isRight)
      })
    } catch {
      resolve(false)
    }
  })
}
