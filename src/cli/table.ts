/**
 * Tables for people: columns without lines around them. Whatever a peer sent loses its control
 * characters here, and no cell is wider than it may be. Read next: `print.ts`.
 */
import { OPTION_LIMITS } from '../limits.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { stripControl } from '../wire/text.js'
import { showPeer, type Colours } from './print.js'

const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '',
  'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '',
  right: '', 'right-mid': '', middle: '',
}

/** One row a line, below the head; without rows only `nothing`. */
export async function table (
  head: readonly string[], rows: readonly (readonly string[])[], nothing: string,
  { dim }: Colours,
): Promise<string> {
  if (rows.length === 0) return nothing
  const { default: Table } = await import('cli-table3')
  const made = new Table({
    chars: NO_LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  })
  made.push([...head], ...rows.map(row => row.map(oneLine)))
  const [first = '', ...others] = made.toString().split('\n').map(line => line.trimEnd())
  return [dim(first), ...others].join('\n')
}

/** Names and values below each other: what `status` prints. */
export async function card (
  rows: readonly (readonly [name: string, value: string])[], colours: Colours,
): Promise<string> {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => {
    return `${colours.dim(name.padEnd(width))}  ${oneLine(value)}`
  }).join('\n')
}

/** What the operator calls it, else what it claims, with the beginning of its identity. */
export function peerCell (name: string, id: string, contact: string | null): string {
  return contact === null
    ? showPeer(cut(name, OPTION_LIMITS.peerColumnsMax), id as Identity)
    : `${cut(contact, OPTION_LIMITS.peerColumnsMax)} (${shortIdentity(id as Identity)})`
}

/** Names of peers by their identities, for cells and sentences. */
export function namesOf (
  peers: readonly { readonly id: string, readonly name: string, readonly contact: string | null }[],
): (id: string) => string {
  const known = new Map(peers.map(peer => [peer.id, peer]))
  return id => {
    const { name, contact } = known.get(id) ?? { name: '', contact: null }
    return peerCell(name, id, contact)
  }
}

/** `0.8 ms`; '' for what is not measured. */
export function tripCell (rttMs: number | null): string {
  return rttMs === null ? '' : `${rttMs.toFixed(1)} ms`
}

export function addressCell (address: string): string {
  return cut(address, OPTION_LIMITS.addressColumnsMax)
}

/** The descriptor, or the beginning of the id. */
export function topicCell (topic: string, text: string | null | undefined): string {
  return text === null || text === undefined
    ? `${topic.slice(0, 10)}…`
    : cut(text, OPTION_LIMITS.addressColumnsMax)
}

/** The text in quotes, or the size of what is none. */
export function contentCell ({ text, data = '' }: ContentView): string {
  if (text === undefined) return bytesText(Buffer.byteLength(data, 'base64'))
  return `"${cut(text, OPTION_LIMITS.textColumnsMax)}"`
}

/** Content as the API gives it. */
export interface ContentView {
  readonly text?: string | undefined
  readonly data?: string | undefined
}

export function bytesText (bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}

/** `1 member`, `2 members`. */
export function countText (count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

function cut (text: string, columns: number): string {
  const shown = oneLine(text.slice(0, columns + 1))
  return shown.length > columns ? `${shown.slice(0, columns - 1)}…` : shown
}

function oneLine (text: string): string {
  return stripControl(text.replace(/\s+/g, ' '))
}
