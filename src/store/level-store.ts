/**
 * What outlives a run, on abstract-level: classic-level on the disk, memory-level in
 * tests, one code.
 *
 * Keys are ASCII, values are bytes, numbers are big-endian:
 *
 *     incarnation        u64: the newest incarnation drawn
 *     delivery-code      8 bytes: of this node's inbox
 *     member!<identity>  the row of `member-row.ts`
 *     schedule!<id>      the row of `schedule-row.ts`
 *
 * Read next: `member-row.ts`, `writer.ts`, which writes in order, and `data-directory.ts`, which
 * opens.
 */
import { ClassicLevel } from 'classic-level'
import { GossipError } from '../errors.js'
import type { Log, Store, StoredSchedule } from '../ports.js'
import { parseIdentity, type Identity } from '../wire/identity.js'
import { getU53, setU53, viewOf } from '../wire/bytes.js'
import { DELIVERY_CODE_BYTES } from '../wire/inbox.js'
import type { StoredMember } from '../wire/record.js'
import { decodeMemberRow, encodeMemberRow } from './member-row.js'
import { decodeScheduleRow, encodeScheduleRow } from './schedule-row.js'
import { LEVEL_ENCODING, Writer, type Level } from './writer.js'

const INCARNATION_KEY = 'incarnation'
const DELIVERY_CODE_KEY = 'delivery-code'
const MEMBER_PREFIX = 'member!'
/** First key after all members: `"` follows `!`. */
const MEMBER_END = 'member"'
const SCHEDULE_PREFIX = 'schedule!'
const SCHEDULE_END = 'schedule"'

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
        return {
          members: await loadMembers(level, log),
          incarnation: await loadIncarnation(level, log),
          deliveryCode: await loadDeliveryCode(level, log),
          schedules: await loadSchedules(level, log),
        }
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
    putDeliveryCode: code => writer.put([[DELIVERY_CODE_KEY, new Uint8Array(code)]], true),
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

async function loadMembers (level: Level, log: Log): Promise<StoredMember[]> {
  const members: StoredMember[] = []
  const range = { gte: MEMBER_PREFIX, lt: MEMBER_END }
  for await (const [key, row] of level.iterator(range)) {
    const member = parseIdentity(key.slice(MEMBER_PREFIX.length)) === null
      ? null
      : decodeMemberRow(row)
    if (member === null) warn(log, `the row ${JSON.stringify(key.slice(0, 80))} is damaged`)
    else members.push(member)
  }
  return members
}

async function loadSchedules (level: Level, log: Log): Promise<StoredSchedule[]> {
  const schedules: StoredSchedule[] = []
  for await (const [key, row] of level.iterator({ gte: SCHEDULE_PREFIX, lt: SCHEDULE_END })) {
    const schedule = decodeScheduleRow(key.slice(SCHEDULE_PREFIX.length), row)
    if (schedule === null) warn(log, `the row ${JSON.stringify(key.slice(0, 80))} is damaged`)
    else schedules.push(schedule)
  }
  return schedules
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

async function loadDeliveryCode (level: Level, log: Log): Promise<Uint8Array | null> {
  const value = await level.get(DELIVERY_CODE_KEY)
  if (value === undefined) return null
  if (value.length === DELIVERY_CODE_BYTES) return new Uint8Array(value)
  warn(log, 'the delivery code is damaged: this node gets another inbox')
  return null
}

function warn (log: Log, message: string): void {
  log({ level: 'warn', area: 'store', message })
}

function memberKey (identity: Identity): string {
  return MEMBER_PREFIX + identity
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
