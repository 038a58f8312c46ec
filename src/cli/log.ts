/**
 * Logs: stderr through `debug`, namespaces `p2p-gossip:<area>:<level>`. DEBUG, when set, selects
 * exactly; unset, a threshold does. Every namespace is switched on its own, never by
 * `debug.enable`, which would rewrite DEBUG for children and switch other packages too.
 */
import createDebug from 'debug'
import type { Log, LogEntry, LogLevel } from '../ports.js'
import { stripControl } from '../wire/text.js'
import { usageError } from './exit-code.js'
import { LOG_VARIABLE, type Environment } from './flags.js'
import { refusesColours } from './print.js'
import { jsonText, quote } from './values.js'

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug', 'trace']

/** The lowest level shown, `off` for none; null: DEBUG decides. */
export type Threshold = LogLevel | 'off' | null

/**
 * DEBUG, else P2P_GOSSIP_LOG, else RUST_LOG when it is one of the words, else `info`. Throws
 * GossipError `option-invalid` for another word in P2P_GOSSIP_LOG.
 */
export function thresholdOf (environment: Environment): Threshold {
  // Empty too: `DEBUG= p2p-gossip` selects nothing.
  if (environment['DEBUG'] !== undefined) return null
  const own = environment[LOG_VARIABLE] ?? ''
  const chosen = levelOf(own)
  if (chosen !== null) return chosen
  if (own !== '') {
    throw usageError(`${LOG_VARIABLE} must be off, ${LEVELS.join(', ')}, not ${quote(own)}` +
      '; the format is chosen with --log')
  }
  return levelOf(environment['RUST_LOG'] ?? '') ?? 'info'
}

export function isShown (level: LogLevel, threshold: LogLevel | 'off'): boolean {
  return threshold !== 'off' && LEVELS.indexOf(level) <= LEVELS.indexOf(threshold)
}

/** Makes the sink that `createNode` takes. */
export function createLog (
  write: (line: string) => void, environment: Environment, format: 'text' | 'json',
): Log {
  const threshold = thresholdOf(environment)
  const printers = new Map<string, createDebug.Debugger>()
  return entry => {
    const namespace = `p2p-gossip:${entry.area}:${entry.level}`
    let printer = printers.get(namespace)
    if (printer === undefined) {
      // As many as there are areas in the sources.
      printer = createDebug(namespace)
      if (threshold !== null) printer.enabled = isShown(entry.level, threshold)
      if (refusesColours(environment)) Object.assign(printer, { useColors: false })
      printers.set(namespace, printer)
    }
    if (!printer.enabled) return
    if (format === 'json') write(jsonLogLine(entry, new Date()))
    // '%s': the message may hold a per cent sign.
    else printer('%s', stripControl(entry.message))
  }
}

export function jsonLogLine ({ level, area, message }: LogEntry, at: Date): string {
  return jsonText({ at: at.toISOString(), level, area, message })
}

/** Node's own warnings go where the log goes, and so are silent when it is. */
export function adoptNodeWarnings (log: Log): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    log({ level: 'warn', area: 'node', message: `${name}: ${message}` })
  })
}

function levelOf (word: string): LogLevel | 'off' | null {
  const lower = word.trim().toLowerCase()
  return lower === 'off' ? 'off' : LEVELS.find(level => level === lower) ?? null
}
