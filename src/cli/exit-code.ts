/**
 * Exit codes, and the one line on stderr that explains one that is not 0. That line is no log: it
 * is printed whatever DEBUG says. docs/cli.md lists the codes.
 */
import { ERRORS, GossipError, type Fault } from '../errors.js'
import { stripControl } from '../wire/text.js'

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

/** What a verb that talks to a node ends with. `message`: what failed, where, what to do. */
export class CliError extends Error {
  readonly exitCode: number

  constructor (exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

export function exitCodeOf (error: unknown): number {
  if (error instanceof CliError) return error.exitCode
  return error instanceof GossipError ? ofFault(error.fault) : EXIT.failed
}

/** Exit code of an error that the API answered with: its code, and its HTTP status. */
export function exitCodeOfAnswer (code: string, status: number): number {
  switch (code) {
    case 'condition-false':
    case 'not-stored': return EXIT.condition
    case 'identity-mismatch': return EXIT.identityMismatch
    case 'node-closed':
    case 'no-node': return EXIT.noNode
    // Nobody's mistake: the same call may work a moment later.
    case 'busy': return EXIT.failed
  }
  const entry = Object.entries(ERRORS).find(([known]) => known === code)?.[1]
  if (entry === undefined) return status >= 400 && status < 500 ? EXIT.usage : EXIT.failed
  // A peer that does not answer is no other identity.
  return entry.fault === 'peer' ? EXIT.failed : ofFault(entry.fault)
}

function ofFault (fault: Fault): number {
  switch (fault) {
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

/** Errors of these two classes say themselves what failed, where, and what to do. */
function reasonOf (error: unknown): string {
  if (error instanceof GossipError || error instanceof CliError) return error.message
  return `internal error: ${error instanceof Error ? error.message : String(error)}`
}
