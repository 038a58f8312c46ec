/**
 * Ids of topics and of contents for those without a node at hand: SHA-256, as the Suite of every
 * node makes them. Read next: `hall/bulletin.ts`.
 */
import { createHash } from 'node:crypto'
import { GossipError } from '../errors.js'

/** Id of the topic that a text describes, 64 hex digits. Throws GossipError `option-invalid`. */
export function topicOf (descriptor: string): string {
  if (descriptor === '') throw new GossipError('option-invalid', 'a topic must not be empty')
  return contentId(new TextEncoder().encode(descriptor))
}

/** Id of a content, 64 hex digits: what `publish` resolves with and `get` takes. */
export function contentId (content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
