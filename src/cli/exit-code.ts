/**
 * Exit codes, and the one line on stderr that explains one that is not 0. That line is no log: it
 * is printed whatever DEBUG says. docs/cli.md lists the codes.
 */
import { GossipError, stripControl } from '../index.js'

export const EXIT = {
  fine: 0,
  failed: 1,
  /** Usage or configuration. */
  usage: 2,
  /** No running node answers. */
  noNode: 3,
  /** A condition is false or timed out. */
  condition: 4,
  /** Somebody else than the named identity answered. */
  identityMismatch: 5,
  /** A second signal quits at once: 128 and the signal's number, as shells count. */
  secondInterrupt: 130,
  secondTerminate: 143,
} as const

/** A mistake in a flag, a variable or a file. `message`: what, where it came from, what to do. */
export function usageError (message: string): GossipError {
  return new GossipError('option-invalid', message)
}

export function exitCodeOf (error: unknown): number {
  if (!(error instanceof GossipError)) return EXIT.failed
  switch (error.fault) {
    case 'caller':
    case 'operator': return EXIT.usage
    case 'environment': return EXIT.failed
    case 'peer': return EXIT.identityMismatch
  }
}

/** The explaining line, without its line end. */
export function explain (error: unknown): string {
  return `p2p-gossip: ${stripControl(reasonOf(error).replace(/\s+/g, ' '))}`
}

/** GossipErrors say themselves what failed, where, and what to do. */
function reasonOf (error: unknown): string {
  if (error instanceof GossipError) return error.message
  return `internal error: ${error instanceof Error ? error.message : String(error)}`
}
