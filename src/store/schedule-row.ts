/** The row of a schedule: JSON, its content in base64. Read next: `level-store.ts`. */
import type { StoredSchedule } from '../ports.js'

export function encodeScheduleRow (schedule: StoredSchedule): Uint8Array {
  const { expression, topic, content, source } = schedule
  const row = { expression, topic, content: Buffer.from(content).toString('base64'), source }
  return new Uint8Array(Buffer.from(JSON.stringify(row)))
}

/** Null for a damaged row. */
export function decodeScheduleRow (id: string, row: Uint8Array): StoredSchedule | null {
  const read = parsed(row)
  if (!/^[0-9a-f]{16}$/.test(id) || typeof read !== 'object' || read === null) return null
  const { expression, topic, content, source } = read as Record<string, unknown>
  if (typeof expression !== 'string' || typeof topic !== 'string' || topic === '') return null
  if (typeof content !== 'string' || (source !== null && typeof source !== 'string')) return null
  return {
    id, expression, topic, content: new Uint8Array(Buffer.from(content, 'base64')), source,
  }
}

function parsed (row: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(row).toString())
  } catch {
    return null
  }
}
