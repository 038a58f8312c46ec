/**
 * What the machines of bulletins share, beside the mesh: the index, the cryptography, and what was
 * decided outside. Read next: `bulletins.ts`, which puts them together.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import { identityFromHash } from '../../wire/identity.js'
import type { AskId } from '../event.js'
import type { Mesh } from '../mesh.js'
import { wallMs } from '../mesh.js'
import type { Suite } from '../suite.js'
import type { Givers } from './givers.js'
import type { Log, Logs } from './logs.js'
import type { BatchKey, LogKey } from './vocabulary.js'

export interface Shelf {
  readonly mesh: Mesh
  readonly suite: Suite
  readonly logs: Logs
  readonly asks: Asks
  readonly givers: Givers
  /** Told of a log that gave way to newer ones of its author. */
  readonly forgotten: (log: Log) => void
}

/** Numbers of asks, one sequence for all machines. */
export class Asks {
  #next = 1

  take (): AskId {
    return this.#next++ as AskId
  }
}

/** True when bulletins this old are no longer kept here. `newest`: seconds since 1970. */
export function isExpired (mesh: Mesh, newest: number): boolean {
  return newest * 1_000 + mesh.options.bulletins.retainMs <= wallMs(mesh)
}

export function drop (mesh: Mesh, keys: readonly BatchKey[]): void {
  if (keys.length > 0) mesh.out.push({ kind: 'drop-batches', keys })
}

/** The log, made if need be; null when its author has too many newer ones. */
export function openLog (shelf: Shelf, author: Identity, incarnation: number): Log | null {
  return shelf.logs.open(author, incarnation, (log, keys) => {
    shelf.forgotten(log)
    drop(shelf.mesh, keys)
  })
}

export function isOwn (mesh: Mesh, log: LogKey): boolean {
  return log.author === mesh.options.me && log.incarnation === mesh.self.incarnation
}

export function authorOf (suite: Suite, publicKey: Uint8Array): Identity {
  return identityFromHash(suite.hash(publicKey))
}

/** Known to the roster: this node itself, or a member. */
export function isMember ({ options, roster }: Mesh, author: Identity): boolean {
  return author === options.me || roster.get(author) !== undefined
}

/**
 * Whether bulletins of an author are taken. In an open network a batch proves its author by itself;
 * authors who left no record behind (a memory-only node that was restarted) are taken too, as many
 * as unproven members (ADR 5).
 */
export function isWelcome (shelf: Shelf, author: Identity): boolean {
  return isKnown(shelf, author) || hasRoomForStrangers(shelf)
}

/** A member, or an author of whom something was taken. */
export function isKnown ({ mesh, logs }: Shelf, author: Identity): boolean {
  return isMember(mesh, author) || logs.of(author).length > 0
}

/** Whether an author without a record may be taken; looks at all authors. */
export function hasRoomForStrangers ({ mesh, logs }: Shelf): boolean {
  if (mesh.options.admission !== 'open') return false
  let strangers = 0
  for (const other of logs.authors()) if (!isMember(mesh, other)) strangers++
  return strangers < BULLETIN_LIMITS.strangersMax
}
