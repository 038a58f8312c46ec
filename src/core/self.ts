/**
 * What this node says of itself: its incarnation, its own record and the addresses in it.
 * Read next: `roster.ts` for the records of others, `twins.ts` for another with this identity.
 */
import { TRUST_LIMITS, WIRE_LIMITS } from '../limits.js'
import { formatAddress, isDialable, isLoopback, parseAddress } from '../wire/address.js'
import type { DigestRow } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import { INBOX_TAG, inboxToTag, type DatedCode } from '../wire/inbox.js'
import { encodeRecord, signedBytes, type MemberRecord, type SignedRecord } from '../wire/record.js'
import type { CoreOptions } from './options.js'
import type { Sizes } from './sizes.js'
import type { Suite } from './suite.js'

export class Self {
  readonly #suite: Suite
  readonly #options: CoreOptions
  /** IP addresses this node is seen at, and by whom. */
  readonly #seenAt = new Map<string, Set<Identity>>()
  #interfaces: readonly string[] = []
  #port = 0
  #incarnation = 0
  #version = 0
  #addresses: readonly string[] = []
  #signed: SignedRecord = { body: new Uint8Array(), signature: new Uint8Array() }
  /** True once a link of this run was ready. */
  wasLinked = false
  /** Told in the own record: whoever has it can seal for this node. */
  boxKey: Uint8Array | null = null
  /** The same: whoever has it can write to this node. */
  inbox: DatedCode | null = null

  constructor (suite: Suite, options: CoreOptions) {
    this.#suite = suite
    this.#options = options
  }

  get sizes (): Sizes {
    return { seenAt: this.#seenAt.size }
  }

  get incarnation (): number {
    return this.#incarnation
  }

  /** Own addresses as last told. */
  get addresses (): readonly string[] {
    return this.#addresses
  }

  /** The own record, as it travels. */
  get signed (): SignedRecord {
    return this.#signed
  }

  get row (): DigestRow {
    return {
      identity: this.#options.me, incarnation: this.#incarnation, version: this.#version,
    }
  }

  /** Where this node listens; true when the own addresses changed by it. */
  setInterfaces (addresses: readonly string[], port: number): boolean {
    this.#interfaces = addresses
    this.#port = port
    return this.#ownAddresses().join() !== this.#addresses.join()
  }

  /** An incarnation above `atLeast`: wall clock ms × 1024 + 10 random bits (DESIGN 6). */
  draw (atLeast: number, wallMs: number, randomBits: number): void {
    // Random bits in either case: two machines with a copy of one disk must not draw the same.
    this.#incarnation = Math.max(wallMs * 1_024, atLeast + 1) + randomBits
    this.#version = 0
    this.sign('up', wallMs)
  }

  /** Signs the own record anew, one version up. */
  sign (state: MemberRecord['state'], wallMs: number): void {
    const { publicKey, name, ephemeral, networkHash } = this.#options
    this.#version++
    this.#addresses = this.#ownAddresses()
    const body = encodeRecord({
      publicKey,
      incarnation: this.#incarnation,
      version: this.#version,
      issuedMs: wallMs,
      state,
      name,
      addresses: this.#addresses,
      tags: this.inbox === null ? {} : { [INBOX_TAG]: inboxToTag(this.inbox) },
      ephemeral,
      boxKey: this.boxKey,
    })
    const signature = this.#suite.sign(signedBytes('record', networkHash, body))
    this.#signed = { body, signature }
  }

  /**
   * `peer` sees this node at an address. An IP that two peers agree on, with the own port, becomes
   * an own address: so a node behind a port-preserving NAT learns what to tell. True when the own
   * addresses changed by it.
   */
  noteSeenAt (peer: Identity, address: string): boolean {
    const host = parseAddress(address)?.host
    if (host === undefined || isLoopback(host)) return false
    const peers = this.#seenAt.get(host) ?? new Set<Identity>()
    if (peers.size >= TRUST_LIMITS.seenAtWitnesses) return false
    if (!this.#seenAt.has(host) && this.#seenAt.size >= TRUST_LIMITS.seenAtMax) return false
    this.#seenAt.set(host, peers.add(peer))
    return this.#ownAddresses().join() !== this.#addresses.join()
  }

  #ownAddresses (): string[] {
    if (this.#options.advertise.length > 0) return [...this.#options.advertise]
    const seen = [...this.#seenAt]
      .filter(([, peers]) => peers.size >= TRUST_LIMITS.seenAtWitnesses)
      .map(([host]) => formatAddress(host, this.#port))
      .filter(address => isDialable(address, false))
    const loopback = this.#interfaces.filter(isOnLoopback)
    const others = this.#interfaces.filter(address => !isOnLoopback(address))
    // What others claim to see fills what is left and never displaces where this node listens.
    const left = Math.max(0, WIRE_LIMITS.addressesPerRecordMax - this.#interfaces.length)
    return [...new Set([...others, ...seen.slice(0, left), ...loopback])]
      .slice(0, WIRE_LIMITS.addressesPerRecordMax)
  }
}

function isOnLoopback (address: string): boolean {
  const where = parseAddress(address)
  return where !== null && isLoopback(where.host)
}
