/**
 * What outlives a run, on abstract-level: classic-level on the disk, memory-level in
 * tests, one code.
 *
 * Keys are ASCII, values are bytes, numbers are big-endian:
 *
 *     incarnation        u64: the newest incarnation drawn
 *     box-key            32 bytes: secret key of this node for private messages
 *     delivery-code      those of this node's inbox, the rows of `private-rows.ts`
 *     contact!<hex>      by its name in UTF-8, the row of `private-rows.ts`
 *     letter!<hex>       by its number, u64, the row of `private-rows.ts`
 *     member!<identity>  the row of `member-row.ts`
 *     schedule!<id>      the row of `schedule-row.ts`
 *
 * Read next: `member-row.ts`, `private-rows.ts`, `writer.ts`, which writes in order, and
 * `data-directory.ts`, which opens.
 */
import { ClassicLevel } from 'classic-level'
import { GossipError } from '../errors.js'
import type { Kept, Log, Store } from '../ports.js'
import { parseIdentity, type Identity } from '../wire/identity.js'
import { getU53, setU53, utf8Encode, viewOf } from '../wire/bytes.js'
import { parseHex, toHex } from '../wire/hex.js'
import { BOX_KEY_BYTES } from '../wire/private.js'
import { decodeMemberRow, encodeMemberRow } from './member-row.js'
import {
  decodeCodes, decodeContactRow, decodeLetterRow, encodeCodes, encodeContactRow, encodeLetterRow,
} from './private-rows.js'
import { decodeScheduleRow, encodeScheduleRow } from './schedule-row.js'
import { LEVEL_ENCODING, Writer, type Level } from './writer.js'

const INCARNATION_KEY = 'incarnation'
const DELIVERY_CODE_KEY = 'delivery-code'
const BOX_KEY = 'box-key'
const MEMBER_PREFIX = 'member!'
const CONTACT_PREFIX = 'contact!'
const LETTER_PREFIX = 'letter!'
const SCHEDULE_PREFIX = 'schedule!'

/**
 * Opens the store in a directory, which is made when it is not there. Rejects with GossipError
 * `data-in-use` while another process holds it, else `data-unusable`; nothing is ever repaired or
 * removed. Rows that cannot be read are skipped and told to `log`.
 */
export async function openLevelStore (directory: string, log: Log = () => {}): Promise<Store> {
  const level = new ClassicLevel<string, Uint8Array>(directory, LEVEL_ENCODING)
  try {
    await level.open()
  } catch (error) {
    throw openError(directory, error instanceof Error ? error.cause : undefined)
  }
  return createStore(level, log)
}

/** The store on an open database. */
export function createStore (level: Level, log: Log = () => {}): Store {
  const writer = new Writer(level)
  return {
    load: async () => {
      try {
        return await load(level, log)
      } catch (error) {
        throw damaged('the store', error)
      }
    },
    putMember: (identity, member) =>
      writer.put([[memberKey(identity), member === null ? null : encodeMemberRow(member)]], false),
    putIncarnation: incarnation => {
      const value = new Uint8Array(8)
      setU53(viewOf(value), 0, incarnation)
      return writer.put([[INCARNATION_KEY, value]], true)
    },
    putDeliveryCodes: codes => writer.put([[DELIVERY_CODE_KEY, encodeCodes(codes)]], true),
    putBoxKey: secretKey => writer.put([[BOX_KEY, new Uint8Array(secretKey)]], true),
    putContact: (name, contact) => {
      const row = contact === null ? null : encodeContactRow(contact)
      return writer.put([[CONTACT_PREFIX + toHex(utf8Encode(name)), row]], true)
    },
    putLetter: (letter, removed) => {
      const gone = removed.map(number => [letterKey(number), null] as const)
      return writer.put([[letterKey(letter.number), encodeLetterRow(letter)], ...gone], true)
    },
    putSchedule: (id, schedule) => {
      const row = schedule === null ? null : encodeScheduleRow(schedule)
      return writer.put([[SCHEDULE_PREFIX + id, row]], true)
    },
    close: async () => {
      await writer.idle()
      await level.close()
    },
  }
}

async function load (level: Level, log: Log): Promise<Kept> {
  return {
    members: await loadRows(level, log, MEMBER_PREFIX, (name, row) =>
      parseIdentity(name) === null ? null : decodeMemberRow(row)),
    incarnation: await loadIncarnation(level, log),
    deliveryCodes: await loadCodes(level, log),
    boxKey: await loadBoxKey(level, log),
    contacts: await loadRows(level, log, CONTACT_PREFIX, (name, row) => {
      const contact = decodeContactRow(row)
      return contact !== null && toHex(utf8Encode(contact.name)) === name ? contact : null
    }),
    letters: await loadRows(level, log, LETTER_PREFIX, (name, row) => {
      const number = parseHex(name)
      return number?.length === 8 ? decodeLetterRow(getU53(viewOf(number), 0), row) : null
    }),
    schedules: await loadRows(level, log, SCHEDULE_PREFIX, decodeScheduleRow),
  }
}

/** Rows of a kind, in the order of their keys; `decode` gives null for a damaged one. */
async function loadRows<T> (
  level: Level, log: Log, prefix: string, decode: (name: string, row: Uint8Array) => T | null,
): Promise<T[]> {
  const rows: T[] = []
  // `"` follows `!`: the first key after all of the kind.
  const range = { gte: prefix, lt: prefix.replace('!', '"') }
  for await (const [key, row] of level.iterator(range)) {
    const decoded = decode(key.slice(prefix.length), row)
    if (decoded === null) warn(log, `the row ${JSON.stringify(key.slice(0, 80))} is damaged`)
    else rows.push(decoded)
  }
  return rows
}

/** The year 2200 or so: more is damage, and would leave nothing to draw above it. */
const INCARNATION_MAX = Date.UTC(2200, 0) * 1_024

async function loadIncarnation (level: Level, log: Log): Promise<number> {
  const value = await level.get(INCARNATION_KEY)
  if (value === undefined) return 0
  const incarnation = value.length === 8 ? getU53(viewOf(value), 0) : -1
  if (incarnation >= 0 && incarnation <= INCARNATION_MAX) return incarnation
  warn(log, 'the incarnation is damaged: taken for none')
  return 0
}

async function loadCodes (level: Level, log: Log): Promise<Kept['deliveryCodes']> {
  const value = await level.get(DELIVERY_CODE_KEY)
  if (value === undefined) return []
  const codes = decodeCodes(value)
  if (codes === null) warn(log, 'the delivery code is damaged: this node gets another inbox')
  return codes ?? []
}

async function loadBoxKey (level: Level, log: Log): Promise<Uint8Array | null> {
  const value = await level.get(BOX_KEY)
  if (value === undefined) return null
  if (value.length === BOX_KEY_BYTES) return new Uint8Array(value)
  warn(log, 'the key for private messages is damaged: this node gets another one')
  return null
}

function warn (log: Log, message: string): void {
  log({ level: 'warn', area: 'store', message })
}

function memberKey (identity: Identity): string {
  return MEMBER_PREFIX + identity
}

function letterKey (number: number): string {
  const bytes = new Uint8Array(8)
  setU53(viewOf(bytes), 0, number)
  return LETTER_PREFIX + toHex(bytes)
}

function openError (directory: string, cause: unknown): GossipError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason'
  if (code === 'LEVEL_LOCKED') {
    const what = `the data in ${directory} is in use by another node: stop that node, or give ` +
      'another directory'
    return new GossipError('data-in-use', what, cause)
  }
  return damaged(directory, cause)
}

/** Unreadable for this user, or damaged: the identity is kept beside it and is not concerned. */
function damaged (where: string, cause: unknown): GossipError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason'
  const what = `the data in ${where} cannot be read (${code}); nothing in it was changed: ` +
    'make it readable and writable for this user or, should it be damaged, move the directory ' +
    '"store" away; the identity beside it stays, members are learnt again'
  return new GossipError('data-unusable', what, cause)
}
