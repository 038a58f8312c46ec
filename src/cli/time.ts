/** Times as an operator gives them, and as gossipd printed them. A leaf; pure. */

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000,
}

/**
 * Milliseconds since 1970 of an ISO 8601 date or time, of an age before `nowMs` (`90s`, `10m`,
 * `2h`, `3d`) or of `all`, which is 0; null for anything else. Without a zone a time is local, as
 * ISO says, and a date alone is UTC.
 */
export function timeOf (text: string, nowMs: number): number | null {
  if (text === 'all') return 0
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (count !== '') return Math.max(0, nowMs - Number(count) * (UNIT_MS[unit] ?? 0))
  const atMs = ISO.test(text) ? Date.parse(text.replace(' ', 'T')) : NaN
  return Number.isFinite(atMs) && atMs >= 0 ? atMs : null
}

const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** A length of time in its largest unit: `45 s`, `3 min`, `2 h`, `5 days`. */
export function lengthText (lengthMs: number): string {
  const seconds = Math.max(0, Math.floor(lengthMs / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}

/** `2017-06-26 14:18:55`, UTC. `timestamp`: seconds since 1970. */
export function utcText (timestamp: number): string {
  return new Date(timestamp * 1_000).toISOString().slice(0, 19).replace('T', ' ')
}

/** The same in the zone of this machine. */
export function localText (timestamp: number): string {
  const date = new Date(timestamp * 1_000)
  const two = (part: number): string => String(part).padStart(2, '0')
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-') + ' ' +
    [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}
