/**
 * Identities of the keys in certs/, which everybody has: a node that runs with one says so loudly.
 * A test compares this list with the files.
 */
import type { Identity } from '../wire/identity.js'

const SAMPLE_IDENTITIES: readonly string[] = [
  'o4dapefzfvgjahr4axhemzfiv4bwnttj336atcnxd4ktu3bo2jea', // ed25519
  'clzlbrel7apealo6tipuvs7ykpjob2jxguqttcd76rigcemj4bwa', // p256
  '2tkkivqb5c5qalsoemthq2pi6lgu7nuqm7rqdhgpfyqucw3nybtq', // rsa
]

/** True for an identity whose private key is published with this program. */
export function isSampleIdentity (id: Identity): boolean {
  return SAMPLE_IDENTITIES.includes(id)
}
