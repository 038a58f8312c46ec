/** The cryptography the core is handed: small, synchronous, with this node's private key inside. */
export interface Suite {
  /** SHA-256: 32 bytes. */
  hash (bytes: Uint8Array): Uint8Array
  /** Signs with this node's key. */
  sign (bytes: Uint8Array): Uint8Array
  /** `publicKey`: SPKI DER. False for a wrong signature and for an unusable key; never throws. */
  verify (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean
}
