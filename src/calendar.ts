/**
 * Adapter: cron expressions, read by croner, which computes times here and never starts a timer.
 * Minute, hour, day of month, month, day of week, with an optional second before, or a word as
 * `@hourly`; in the time zone of this machine. Read next: `hall/almanac.ts`, which waits.
 */
import { Cron } from 'croner'
import { CalendarError, type Calendar, type Times } from './ports.js'

const WORDS = new Set([
  '@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly',
])

export function createCalendar (): Calendar {
  return { read: readExpression }
}

function readExpression (expression: string): Times {
  const text = expression.trim()
  const fields = text.split(/\s+/).length
  // croner also takes a date, and a seventh field for years.
  if (!WORDS.has(text.toLowerCase()) && fields !== 5 && fields !== 6) {
    throw new CalendarError('it needs five fields (minute hour day month weekday), a second ' +
      'before them if need be, or a word as @hourly')
  }
  const cron = parsed(text)
  const next = (afterMs: number): number | null =>
    cron.nextRun(new Date(afterMs))?.getTime() ?? null
  if (next(Date.now()) === null) throw new CalendarError('there is no such time: it never comes')
  return { next }
}

function parsed (text: string): Cron {
  try {
    return new Cron(text, { paused: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CalendarError(why.replace(/^CronPattern: /, ''))
  }
}
