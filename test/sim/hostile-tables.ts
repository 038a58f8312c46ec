/**
 * Members that lie about their links, which is all that a table lets them lie about: a real core
 * greets and beats for them, their tables are invented. What others send them they keep to
 * themselves. Read next: `hostile-brain.ts`; `../attacks/tables.test.ts` for what must hold.
 */
import type { Core } from '../../src/core/core.js'
import type { Effect } from '../../src/core/effect.js'
import type { Event, LinkId } from '../../src/core/event.js'
import type { Random } from '../../src/core/random.js'
import { encodeFrame } from '../../src/wire/encode.js'
import type { Frame } from '../../src/wire/frame.js'
import { toHex } from '../../src/wire/hex.js'
import { identityFromHash } from '../../src/wire/identity.js'
import {
  encodeLinkTable, prefixOf, type SignedTable, type TableLink,
} from '../../src/wire/link-table.js'
import { signedBytes } from '../../src/wire/record.js'
import { WIRE_LIMITS } from '../../src/limits.js'
import { HostileBrain, type BrainOptions, type Say } from './hostile-brain.js'
import { NETWORK_HASH } from './sim-node.js'
import type { SimSuite } from './suite.js'

export const TABLE_LIES = [
  'links with all', 'links with none', 'all and none in turns', 'links with nobody known',
  'as many links as fit', 'two tables of one version', 'tables that others did not sign',
] as const
export type TableLie = typeof TABLE_LIES[number]

export interface TableLiarOptions extends BrainOptions<TableLie> {
  readonly keys: SimSuite
}

/** Above what the core within counts to, whose tables say the truth. */
const FIRST_VERSION = 1_000_000

export class TableLiar extends HostileBrain<TableLie, TableLiarOptions> {
  #incarnation = 0
  #version = FIRST_VERSION

  constructor (core: Core, say: Say, random: Random, options: TableLiarOptions) {
    super(core, say, random, options)
  }

  /** Its core passes on nothing and tells no truth of its links. */
  override handle (event: Event, nowMs: number): Effect[] {
    return super.handle(event, nowMs).filter(effect =>
      effect.kind !== 'send' || !isHeldBack(effect.frame))
  }

  protected override keep (): void {
    // Nothing that others say is of use.
  }

  protected override note (effect: Effect): void {
    if (effect.kind === 'store-incarnation') this.#incarnation = effect.incarnation
    super.note(effect)
  }

  protected override attack (lie: TableLie): void {
    this.#version++
    const links = [...this.links]
    switch (lie) {
      case 'links with all': return this.#tell(links, this.#all())
      case 'links with none': return this.#tell(links, [])
      case 'all and none in turns':
        return this.#tell(links, this.#version % 2 === 0 ? this.#all() : [])
      case 'links with nobody known': return this.#tell(links, this.#strangers(16))
      case 'as many links as fit':
        return this.#tell(links, this.#strangers(WIRE_LIMITS.tableLinksMax))
      case 'two tables of one version': {
        const half = this.random.sample(links, Math.ceil(links.length / 2))
        this.#tell(half, this.#all())
        return this.#tell(links.filter(link => !half.includes(link)), [])
      }
      case 'tables that others did not sign': {
        const { id } = this.random.pick(this.peers()) ?? {}
        const owner = id ?? identityFromHash(this.#noise(32))
        const { body } = this.#sign([], owner)
        const table = { body, signature: this.#noise(64) }
        for (const link of this.random.sample(links, 1)) this.#say(link, table)
      }
    }
  }

  #all (): TableLink[] {
    return sorted(this.peers().map(({ id }) => prefixOf(id)))
  }

  #strangers (count: number): TableLink[] {
    return sorted(Array.from({ length: count }, () => toHex(this.#noise(8))))
  }

  #noise (count: number): Uint8Array {
    return new Uint8Array(count).map(() => this.random.below(256))
  }

  #tell (to: readonly LinkId[], links: readonly TableLink[]): void {
    const { suite, publicKey } = this.options.keys
    const table = this.#sign(links, identityFromHash(suite.hash(publicKey)))
    for (const link of to) this.#say(link, table)
  }

  #sign (links: readonly TableLink[], owner: ReturnType<typeof identityFromHash>): SignedTable {
    const body = encodeLinkTable({
      owner, incarnation: this.#incarnation, version: this.#version, free: 9, links,
    })
    const bytes = signedBytes('link-table', NETWORK_HASH, body)
    return { body, signature: this.options.keys.suite.sign(bytes) }
  }

  #say (link: LinkId, table: SignedTable): void {
    this.say(link, encodeFrame({ type: 'link-table', table }))
  }
}

function isHeldBack ({ type }: Frame): boolean {
  return type === 'batch' || type === 'heads' || type === 'link-table' || type === 'relay-ping'
}

function sorted (prefixes: readonly string[]): TableLink[] {
  return [...new Set(prefixes)].sort().map(prefix => ({ prefix, rtt: 1 }))
}
