/** Flags that several verbs have which talk to a running node. Read next: `commands/publish.ts`. */
import { API_LIMITS, OPTION_LIMITS, PRIVATE_LIMITS, WIRE_LIMITS } from '../limits.js'
import type { Flag } from './flag.js'

export const TOPIC_FLAG = {
  kind: 'topic', value: 'TOPIC', about: 'a text, or the 64 hex digits of its id',
  fallback: 'public',
} as const satisfies Flag

export const FILE_FLAG = {
  kind: 'file', value: 'FILE', about: 'take the content from this file, byte for byte',
  fallback: 'TEXT, else stdin',
} as const satisfies Flag

export const SOURCE_FLAG = {
  kind: 'text', value: 'NAME', range: [1, WIRE_LIMITS.nameBytesMax],
  about: 'a name to publish under; others see that it is only claimed', fallback: 'none',
} as const satisfies Flag

export const WAIT_FLAG = {
  kind: 'stored', value: 'COUNT', range: [0, OPTION_LIMITS.membersMost],
  about: 'end when so many linked members have stored it, or all of them; exit code 4 if not',
  fallback: '0',
} as const satisfies Flag

export const TIMEOUT_FLAG = {
  kind: 'seconds', value: 'SECONDS', range: [0.001, API_LIMITS.timeoutMaxMs / 1_000],
  about: 'how long --wait waits', fallback: '10',
} as const satisfies Flag

export const SINCE_FLAG = {
  kind: 'time', value: 'TIME',
  about: 'from this time on: ISO 8601, an age such as 10m or 2h, or all',
  fallback: 'all that are kept',
} as const satisfies Flag

export const UNTIL_FLAG = {
  kind: 'time', value: 'TIME', about: 'up to this time', fallback: 'now',
} as const satisfies Flag

export const AUTHOR_FLAG = {
  kind: 'text', value: 'PEER', range: [1, API_LIMITS.peerTextCharsMax],
  about: 'by this author: an identity, its beginning, a name or a contact', fallback: 'by anybody',
} as const satisfies Flag

export const LIMIT_FLAG = {
  kind: 'whole', value: 'COUNT', range: [1, API_LIMITS.messagesMax],
  about: 'at most so many', fallback: '100',
} as const satisfies Flag

export const CONTACT_FLAG = {
  kind: 'text', value: 'NAME', range: [1, 4 * PRIVATE_LIMITS.contactNameCharsMax], isNeeded: true,
  about: 'what you call the contact', fallback: '',
} as const satisfies Flag

/** Narrows what is exported or purged. */
export const NARROWING = {
  topic: { ...TOPIC_FLAG, fallback: 'of any topic' },
  author: AUTHOR_FLAG,
  since: SINCE_FLAG,
  until: UNTIL_FLAG,
} as const

/** Milliseconds of a flag in seconds. */
export function milliseconds (seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1_000)
}

/** The same object without what is undefined. */
export function given<T extends object> (
  values: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const set = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as { [K in keyof T]: Exclude<T[K], undefined> }
}
