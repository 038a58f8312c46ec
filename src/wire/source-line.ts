/**
 * A claimed source: a bulletin says in its first line from whom it comes, as the first seed's
 * messages do. It is a claim of its author and proves nothing. Layout: `From: NAME`, an empty line,
 * the text. Read next: `text.ts`, which strips what is shown.
 */
import { WIRE_LIMITS } from '../limits.js'
import { utf8Encode } from './bytes.js'
import { stripControl } from './text.js'

const PREFIX = 'From: '

/** The text with a claimed source before it. The source: see `isSource`. */
export function withSource (source: string, text: string): string {
  return sourceLine(source) + text
}

/** What stands before the content. */
export function sourceLine (source: string): string {
  return `${PREFIX}${source}\n\n`
}

/** A text's claimed source, null for none, and what is behind it. */
export function readSource (text: string): { source: string | null, text: string } {
  const end = text.startsWith(PREFIX) ? text.indexOf('\n\n') : -1
  const source = text.slice(PREFIX.length, Math.max(end, PREFIX.length))
  if (end < 0 || !isSource(source)) return { source: null, text }
  return { source, text: text.slice(end + 2) }
}

/** One line of 1 to 64 bytes that does not begin or end with a space, nor drives a terminal. */
export function isSource (source: string): boolean {
  return source !== '' && source.trim() === source && stripControl(source) === source &&
    source.length <= WIRE_LIMITS.nameBytesMax &&
    utf8Encode(source).length <= WIRE_LIMITS.nameBytesMax
}
