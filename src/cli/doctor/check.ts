/** What `doctor` found out about one thing. A leaf. Read next: `examine.ts`. */

/** `wrong` ends with exit code 4; `warning` may be as it is meant; `skipped` was not looked at. */
export type CheckState = 'ok' | 'warning' | 'wrong' | 'skipped'

export interface Check {
  /** What was looked at, in a word: `port`, `clock`, … */
  readonly check: string
  readonly state: CheckState
  /** What was found, one sentence without its full stop. */
  readonly what: string
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null
}

export function ok (check: string, what: string): Check {
  return { check, state: 'ok', what, advice: null }
}

export function warning (check: string, what: string, advice: string | null): Check {
  return { check, state: 'warning', what, advice }
}

export function wrong (check: string, what: string, advice: string): Check {
  return { check, state: 'wrong', what, advice }
}

export function skipped (check: string, what: string): Check {
  return { check, state: 'skipped', what, advice: null }
}

/** More do not fit a line. */
const LISTED = 8

/** `a, b and 3 more`. */
export function listText (texts: readonly string[]): string {
  const more = texts.length - LISTED
  return texts.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
