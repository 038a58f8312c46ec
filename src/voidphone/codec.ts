/**
 * The messages of Voidphone, byte for byte: 500 to 503 between modules and gossip, 504 to 507
 * between gossip modules. Integers are big-endian; reserved bits are ignored and sent as zeros.
 * What is no message becomes a fault, never an exception. Read next: `reader.ts`.
 */
import { GossipError } from '../index.js'
import { addressBytes, addressText } from './entries.js'

/** Numbers of the messages. */
export const NUMBERS = {
  'announce': 500,
  'notify': 501,
  'notification': 502,
  'validation': 503,
  'peer-request': 504,
  'peer-response': 505,
  'verification-request': 506,
  'verification-response': 507,
} as const
export type MessageKind = keyof typeof NUMBERS

export type Message =
  /** A module spreads data. `hopsMax`: 0 for no limit. */
  | {
    readonly kind: 'announce'
    readonly hopsMax: number
    readonly type: number
    readonly data: Uint8Array
  }
  /** A module subscribes to a data type. */
  | { readonly kind: 'notify', readonly type: number }
  /** A module is asked about data. */
  | {
    readonly kind: 'notification'
    readonly id: number
    readonly type: number
    readonly data: Uint8Array
  }
  /** Its verdict. */
  | { readonly kind: 'validation', readonly id: number, readonly isValid: boolean }
  /** Asks for at most so many members. `nonce`: of 32 bits as sent here, of 64 when received so. */
  | { readonly kind: 'peer-request', readonly entriesMax: number, readonly nonce: bigint }
  /** Members, `host:port` each, all of one family, and the proof of who lists them. */
  | {
    readonly kind: 'peer-response'
    readonly nonce: bigint
    readonly challenge: bigint
    readonly family: 4 | 6
    readonly entries: readonly string[]
  }
  /** Asks for the proof of work over a nonce. */
  | { readonly kind: 'verification-request', readonly nonce: bigint }
  | { readonly kind: 'verification-response', readonly nonce: bigint, readonly challenge: bigint }

/** Why bytes are no message. */
export interface Fault {
  readonly why: string
}

export const HEAD_BYTES = 4
/** The size is a u16 and counts the whole message. */
export const MESSAGE_BYTES_MAX = 0xffff
/** Most data of an announcement or a notification. */
export const DATA_BYTES_MAX = MESSAGE_BYTES_MAX - 8

/** Whole sizes: the least, and the most. */
const SIZES: Readonly<Record<MessageKind, readonly [least: number, most: number]>> = {
  'announce': [8, MESSAGE_BYTES_MAX],
  'notify': [8, 8],
  'notification': [8, MESSAGE_BYTES_MAX],
  'validation': [8, 8],
  'peer-request': [12, 16],
  'peer-response': [24, MESSAGE_BYTES_MAX],
  'verification-request': [12, 12],
  'verification-response': [20, 20],
}
/** Size of a request whose nonce has 64 bits. */
const LONG_REQUEST_BYTES = 16
const KINDS = new Map(Object.entries(NUMBERS).map(([kind, number]) =>
  [number as number, kind as MessageKind]))

export function isFault<T extends object> (value: T | Fault): value is Fault {
  return 'why' in value
}

/** What the four bytes of a head announce. */
export function parseHead (
  size: number, number: number,
): { readonly kind: MessageKind, readonly size: number } | Fault {
  const kind = KINDS.get(number)
  if (kind === undefined) return { why: `message ${number} is not known` }
  const [least, most] = SIZES[kind]
  const isOdd = kind === 'peer-request' && size !== least && size !== most
  if (size < least || size > most || isOdd) return { why: `a ${kind} has no ${size} bytes` }
  return { kind, size }
}

/** Reads one whole message; its data are a view of the bytes. */
export function parseMessage (bytes: Uint8Array): Message | Fault {
  if (bytes.length < HEAD_BYTES) return { why: 'a message has a head of 4 bytes' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const head = parseHead(view.getUint16(0), view.getUint16(2))
  if (isFault(head)) return head
  const { kind, size } = head
  if (size !== bytes.length) return { why: `a ${kind} of ${size} bytes has ${bytes.length}` }
  switch (kind) {
    case 'announce': {
      const [hopsMax, type] = [view.getUint8(4), view.getUint16(6)]
      return { kind, hopsMax, type, data: bytes.subarray(8) }
    }
    case 'notify': return { kind, type: view.getUint16(6) }
    case 'notification':
      return { kind, id: view.getUint16(4), type: view.getUint16(6), data: bytes.subarray(8) }
    case 'validation':
      return { kind, id: view.getUint16(4), isValid: (view.getUint16(6) & 1) === 1 }
    case 'peer-request': {
      const isLong = size === LONG_REQUEST_BYTES
      const nonce = isLong ? view.getBigUint64(8) : BigInt(view.getUint32(8))
      return { kind, entriesMax: view.getUint8(4), nonce }
    }
    case 'peer-response': return parseResponse(view, bytes)
    case 'verification-request': return { kind, nonce: view.getBigUint64(4) }
    case 'verification-response':
      return { kind, nonce: view.getBigUint64(4), challenge: view.getBigUint64(12) }
  }
}

function parseResponse (view: DataView, bytes: Uint8Array): Message | Fault {
  const family = view.getUint8(20) >>> 7 === 1 ? 6 : 4
  const entryBytes = family === 6 ? 18 : 6
  const rest = bytes.subarray(24)
  if (rest.length % entryBytes !== 0) return { why: 'a peer-response ends within an entry' }
  const entries: string[] = []
  for (let at = 0; at < rest.length; at += entryBytes) {
    entries.push(addressText(rest.subarray(at, at + entryBytes)))
  }
  return {
    kind: 'peer-response', nonce: view.getBigUint64(4), challenge: view.getBigUint64(12),
    family, entries,
  }
}

/** Throws GossipError `option-invalid` for what does not fit. */
export function encodeMessage (message: Message): Uint8Array {
  const { kind } = message
  switch (kind) {
    case 'announce': return encodeData(kind, message.hopsMax * 256, message)
    case 'notification': return encodeData(kind, message.id, message)
    case 'notify': return headed(kind, 8, view => { view.setUint16(6, u16(message.type)) })
    case 'validation': return headed(kind, 8, view => {
      view.setUint16(4, u16(message.id))
      view.setUint16(6, message.isValid ? 1 : 0)
    })
    case 'peer-request': return headed(kind, 12, view => {
      view.setUint8(4, message.entriesMax)
      view.setUint32(8, Number(message.nonce & 0xffff_ffffn))
    })
    case 'peer-response': return encodeResponse(message)
    case 'verification-request': return headed(kind, 12, view => {
      view.setBigUint64(4, message.nonce)
    })
    case 'verification-response': return headed(kind, 20, view => {
      view.setBigUint64(4, message.nonce)
      view.setBigUint64(12, message.challenge)
    })
  }
}

function encodeData (
  kind: MessageKind, first: number, { type, data }: { type: number, data: Uint8Array },
): Uint8Array {
  if (data.length > DATA_BYTES_MAX) {
    throw invalid(`the data have ${data.length} bytes, ${DATA_BYTES_MAX} fit a message`)
  }
  return headed(kind, 8 + data.length, (view, bytes) => {
    view.setUint16(4, u16(first))
    view.setUint16(6, u16(type))
    bytes.set(data, 8)
  })
}

function encodeResponse (
  { family, nonce, challenge, entries }: Extract<Message, { kind: 'peer-response' }>,
): Uint8Array {
  const entryBytes = family === 6 ? 18 : 6
  const size = 24 + entries.length * entryBytes
  if (size > MESSAGE_BYTES_MAX) throw invalid('more entries than fit a message')
  return headed('peer-response', size, (view, bytes) => {
    view.setBigUint64(4, nonce)
    view.setBigUint64(12, challenge)
    view.setUint8(20, family === 6 ? 0x80 : 0)
    entries.forEach((entry, i) => {
      const one = addressBytes(entry)
      if (one?.length !== entryBytes) throw invalid(`${entry} is no address of IPv${family}`)
      bytes.set(one, 24 + i * entryBytes)
    })
  })
}

function headed (
  kind: MessageKind, size: number, fill: (view: DataView, bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, size)
  view.setUint16(2, NUMBERS[kind])
  fill(view, bytes)
  return bytes
}

function u16 (value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return value
  throw invalid(`${value} is no whole number from 0 to 65535`)
}

function invalid (what: string): GossipError {
  return new GossipError('option-invalid', `voidphone: ${what}`)
}
