/**
 * Authors who sign two versions of one log. Two heads that cannot both belong to it are evidence
 * that anyone can check; it is told on every link once, and nothing more is taken of that log. Who
 * was not there then shows it by a row of that log, and is told, too.
 * Read next: `intake.ts`, which meets them.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import { decodeBatch, decodeBatchHead, lastOf, type BatchHead, type SignedHead } from
  '../../wire/batch.js'
import { equalBytes } from '../../wire/equal.js'
import type { Evidence, LogRow } from '../../wire/frame.js'
import { shortIdentity } from '../../wire/identity.js'
import { signedBytes } from '../../wire/record.js'
import { isRefusal } from '../../wire/refusal.js'
import { toHex } from '../../wire/hex.js'
import type { AskId, LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import { log as tell, wallMs, warn } from '../mesh.js'
import type { Sizes } from '../sizes.js'
import { readyLinks, send } from '../speak.js'
import type { HeldFacts } from './held.js'
import { logName, type Log } from './logs.js'
import { authorOf, type Shelf } from './shelf.js'

/** Ids of wants for a head to compare with; no answer to them is awaited. */
const COMPARE_ID = 0xffff_ffff

interface Suspicion {
  readonly name: string
  readonly theirs: SignedHead
}

export class Forks {
  readonly #shelf: Shelf
  readonly #suspicions = new Map<AskId, Suspicion>()
  /** Links that were asked for the head of a log, so that none is asked twice. */
  readonly #compared = new Map<LinkId, Set<string>>()
  /** Forked logs that a link offered, so that it is told once of each. */
  readonly #told = new Map<LinkId, Set<string>>()

  constructor (shelf: Shelf) {
    this.#shelf = shelf
  }

  get sizes (): Sizes {
    return {
      suspicions: this.#suspicions.size,
      comparedOfOne: largest(this.#compared.values()),
      forksToldOfOne: largest(this.#told.values()),
    }
  }

  /** A row that ends where ours does, with another head: that batch is asked for. */
  onRow (entry: LinkEntry, log: Log, row: LogRow): boolean {
    const held = log.held.last
    const last = row.held.at(-1)?.last
    if (held === undefined || last !== lastOf(held)) return false
    if (log.held.headHashAt(held.first).startsWith(toHex(row.headHash))) return false
    const compared = this.#compared.get(entry.id) ?? new Set<string>()
    const what = `${logName(log.author, log.incarnation)} ${last}`
    if (compared.has(what) || compared.size >= BULLETIN_LIMITS.suspicionsMax) return false
    compared.add(what)
    this.#compared.set(entry.id, compared)
    const { author, incarnation } = log
    send(this.#shelf.mesh, [entry.id], {
      type: 'log-want', id: COMPARE_ID, bytesMax: 1,
      ranges: [{ author, incarnation, first: last, last }],
    })
    return true
  }

  /** A row of a log that is known in two versions here: that peer does not know it yet. */
  onForkedRow (entry: LinkEntry, { author, incarnation, fork }: Log): void {
    const told = this.#told.get(entry.id) ?? new Set<string>()
    const name = logName(author, incarnation)
    if (fork === null || told.has(name) || told.size >= BULLETIN_LIMITS.suspicionsMax) return
    this.#told.set(entry.id, told.add(name))
    send(this.#shelf.mesh, [entry.id], fork)
  }

  /** A head, rightly signed, does not fit a batch that is held here: that one is read. */
  suspect (log: Log, theirs: SignedHead, held: HeldFacts): void {
    const { mesh, asks } = this.#shelf
    if (log.isForked || this.#suspicions.size >= BULLETIN_LIMITS.suspicionsMax) return
    const ask = asks.take()
    const { author, incarnation } = log
    const { headBytes, signature } = theirs
    const copy = { headBytes: headBytes.slice(), signature: signature.slice() }
    this.#suspicions.set(ask, { name: logName(author, incarnation), theirs: copy })
    mesh.out.push({
      kind: 'read-batches', ask, keys: [{ author, incarnation, first: held.first }],
    })
  }

  onRead (ask: AskId, batches: readonly (Uint8Array | null)[]): boolean {
    const suspicion = this.#suspicions.get(ask)
    if (suspicion === undefined) return false
    this.#suspicions.delete(ask)
    const batch = batches[0] ?? null
    const ours = batch === null ? null : decodeBatch(batch)
    if (ours === null || isRefusal(ours)) return true
    const { headBytes, signature } = ours
    this.onEvidence({
      type: 'evidence',
      one: { headBytes: headBytes.slice(), signature: signature.slice() },
      other: suspicion.theirs,
    })
    return true
  }

  /** False for what proves nothing: no honest node sends that. */
  onEvidence (evidence: Evidence): boolean {
    const { mesh, suite, logs } = this.#shelf
    const one = decodeBatchHead(evidence.one.headBytes)
    const other = decodeBatchHead(evidence.other.headBytes)
    if (one === null || other === null || !equalBytes(one.publicKey, other.publicKey)) return false
    const author = authorOf(suite, one.publicKey)
    const log = logs.get(author, one.incarnation)
    if (!this.#isConflict(one, other, evidence)) return false
    // A log that nobody here has heard of has nothing to lose: no signature is worth checking.
    if (log === undefined || log.isForked) return true
    if (!this.isSigned(one, evidence.one) || !this.isSigned(other, evidence.other)) return false
    log.fork = evidence
    // Remembered as long as a bulletin of now, though nothing of it may be held.
    log.newest = Math.max(log.newest, Math.floor(wallMs(mesh) / 1_000))
    logs.version++
    const what = `${shortIdentity(author)} signed two versions of its log at position ` +
      `${Math.max(one.first, other.first)}: nothing more of it is taken`
    tell(mesh, 'warn', 'bulletins', what)
    warn(mesh, 'log-forked', what)
    send(mesh, readyLinks(mesh), evidence)
    return true
  }

  onEnded (link: LinkId): void {
    this.#compared.delete(link)
    this.#told.delete(link)
  }

  isSigned (head: BatchHead, { headBytes, signature }: SignedHead): boolean {
    const { mesh, suite } = this.#shelf
    const signed = signedBytes('batch', mesh.options.networkHash, headBytes)
    return suite.verify(head.publicKey, signed, signature)
  }

  /** They overlap and differ, or follow each other and do not join. */
  #isConflict (one: BatchHead, other: BatchHead, evidence: Evidence): boolean {
    const { suite } = this.#shelf
    const { headBytes: oneBytes } = evidence.one
    const { headBytes: otherBytes } = evidence.other
    if (one.incarnation !== other.incarnation || equalBytes(oneBytes, otherBytes)) return false
    if (lastOf(one) + 1 === other.first) return !equalBytes(suite.hash(oneBytes), other.previous)
    if (lastOf(other) + 1 === one.first) return !equalBytes(suite.hash(otherBytes), one.previous)
    return one.first <= lastOf(other) && other.first <= lastOf(one)
  }
}

function largest (sets: Iterable<ReadonlySet<string>>): number {
  let size = 0
  for (const set of sets) size = Math.max(size, set.size)
  return size
}
