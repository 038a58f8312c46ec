/**
 * The contacts as they are kept: found by name, by identity, and by the hint of the key made for
 * each. Every change is written before it is answered. Who may be bound is decided in
 * `greetings.ts`, what operators may ask in `contacts.ts`: read those next.
 */
import type { Target } from '../../core/event.js'
import { GossipError } from '../../errors.js'
import type { BoxPair, ContactRow, Ports } from '../../ports.js'
import { equalBytes } from '../../wire/equal.js'
import { toHex } from '../../wire/hex.js'
import type { Identity } from '../../wire/identity.js'
import type { DatedCode } from '../../wire/inbox.js'
import { hintOf } from '../../wire/private.js'

/**
 * `awaiting-key`: the contact's exchange key is not known, nothing private passes. `unmet`: sought.
 * `ready`: its identity is known.
 */
export type ContactState = 'awaiting-key' | 'unmet' | 'ready'

/** A contact with what follows of its row. */
export interface Entry {
  readonly row: ContactRow
  /** Made for this contact alone. */
  readonly pair: BoxPair
  /** Names the public key of the pair, as hex. */
  readonly hint: string
}

interface Surroundings {
  readonly ports: Pick<Ports, 'sealer' | 'store' | 'suite'>
  /** Dial an address for ever; no more. */
  readonly dial: (target: Target) => void
  readonly undial: (target: Target) => void
}

export class Book {
  readonly #around: Surroundings
  readonly #byName = new Map<string, Entry>()
  readonly #byIdentity = new Map<Identity, Entry>()
  readonly #byHint = new Map<string, Entry>()

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** What earlier runs kept; nobody is dialled yet. */
  restore (rows: readonly ContactRow[]): void {
    for (const row of rows) this.#set(this.#entryOf(row))
  }

  /** Dials all that have an address and may be dialled. */
  dialAll (): void {
    for (const { row } of this.#byName.values()) this.#dial(row)
  }

  get size (): number {
    return this.#byName.size
  }

  all (): Entry[] {
    return [...this.#byName.values()]
  }

  named (name: string): Entry | undefined {
    return this.#byName.get(name)
  }

  bound (identity: Identity): Entry | undefined {
    return this.#byIdentity.get(identity)
  }

  hinted (hint: Uint8Array): Entry | undefined {
    return this.#byHint.get(toHex(hint))
  }

  /** Contacts that are sought by their exchange keys alone. */
  unmet (): Entry[] {
    return this.all().filter(({ row }) => stateOf(row) === 'unmet')
  }

  /**
   * Keeps a contact, new or changed. Rejects with GossipError `store-failed`; then all is as it was
   * before.
   */
  async put (row: ContactRow): Promise<Entry> {
    const former = this.#byName.get(row.name)
    const entry = this.#entryOf(row, former)
    this.#drop(former)
    this.#set(entry)
    this.#redial(former?.row ?? null, row)
    try {
      await this.#around.ports.store?.putContact(row.name, row)
    } catch (error) {
      if (this.#byName.get(row.name) === entry) {
        this.#drop(entry)
        if (former !== undefined) this.#set(former)
        this.#redial(row, former?.row ?? null)
      }
      throw keepError(row.name, error)
    }
    return entry
  }

  /** Rejects with GossipError `store-failed`; then it is still there. */
  async remove (entry: Entry): Promise<void> {
    const { row } = entry
    this.#drop(entry)
    this.#redial(row, null)
    try {
      await this.#around.ports.store?.putContact(row.name, null)
    } catch (error) {
      if (!this.#byName.has(row.name)) {
        this.#set(entry)
        this.#dial(row)
      }
      throw keepError(row.name, error)
    }
  }

  /** The delivery code of a contact as told just now, or with `isDated` if it is the newer one. */
  async noteInbox (name: string, inbox: DatedCode, isDated: boolean): Promise<void> {
    const row = this.#byName.get(name)?.row
    if (row === undefined) return
    const isOlder = row.inbox !== null && inbox.drawnMs <= row.inbox.drawnMs
    if (isDated && isOlder) return
    if (row.inbox !== null && equalBytes(row.inbox.code, inbox.code) &&
      row.inbox.drawnMs === inbox.drawnMs) return
    await this.put({ ...row, inbox })
  }

  #entryOf (row: ContactRow, former?: Entry): Entry {
    const { sealer, suite } = this.#around.ports
    if (former !== undefined && equalBytes(former.row.secretKey, row.secretKey)) {
      return { ...former, row }
    }
    const pair = sealer.pairOf(row.secretKey)
    return { row, pair, hint: toHex(hintOf(pair.publicKey, bytes => suite.hash(bytes))) }
  }

  #set (entry: Entry): void {
    const { row, hint } = entry
    this.#byName.set(row.name, entry)
    this.#byHint.set(hint, entry)
    if (row.identity !== null) this.#byIdentity.set(row.identity, entry)
  }

  #drop (entry: Entry | undefined): void {
    if (entry === undefined) return
    const { row: { name, identity }, hint } = entry
    this.#byName.delete(name)
    this.#byHint.delete(hint)
    if (identity !== null) this.#byIdentity.delete(identity)
  }

  /** The address alone is dialled until the contact was met, then with its identity. */
  #redial (before: ContactRow | null, after: ContactRow | null): void {
    const old = before === null ? null : targetOf(before)
    const now = after === null ? null : targetOf(after)
    if (isSame(old, now)) return
    // Two contacts may have been given one address.
    const isShared = this.all().some(({ row }) => isSame(targetOf(row), old))
    if (old !== null && !isShared) this.#around.undial(old)
    if (now !== null) this.#around.dial(now)
  }

  #dial (row: ContactRow): void {
    const target = targetOf(row)
    if (target !== null) this.#around.dial(target)
  }
}

export function stateOf ({ identity, isNamed, theirKey }: ContactRow): ContactState {
  if (theirKey === null && !isNamed) return 'awaiting-key'
  return identity === null ? 'unmet' : 'ready'
}

function targetOf (row: ContactRow): Target | null {
  const { address, identity } = row
  return address === null || stateOf(row) === 'awaiting-key' ? null : { address, identity }
}

function isSame (one: Target | null, other: Target | null): boolean {
  return one?.address === other?.address && one?.identity === other?.identity
}

function keepError (name: string, cause: unknown): GossipError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const what = `the contact ${JSON.stringify(name)} cannot be kept: ${why}; make room on the disk`
  return new GossipError('store-failed', what, cause)
}
