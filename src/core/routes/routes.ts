/**
 * Routes: puts its machines together and hands each event and frame to the one that owns it.
 * Read next: `tables.ts` for what members tell, `ways.ts` for what follows from it.
 */
import type { LinkTableFrame, RelayPing, TableDigest } from '../../wire/frame.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Mesh } from '../mesh.js'
import type { Sizes } from '../sizes.js'
import type { Suite } from '../suite.js'
import { RelayPings } from './relay-pings.js'
import { alongTree } from './routing.js'
import { Standings } from './standings.js'
import { Tables } from './tables.js'
import { Telling } from './telling.js'
import { Ways } from './ways.js'

/** Frames of members that are about routes. */
export type RouteFrame = LinkTableFrame | TableDigest | RelayPing

export class Routes {
  readonly tables: Tables
  readonly ways: Ways
  readonly telling: Telling
  readonly standings: Standings
  readonly pings: RelayPings

  /** `rttMs`: measured round-trip time of a link. */
  constructor (mesh: Mesh, suite: Suite, rttMs: (link: LinkId) => number | null) {
    this.tables = new Tables(mesh, suite)
    this.ways = new Ways(mesh, this.tables, mesh.options.routing ?? alongTree)
    this.telling = new Telling(mesh, this.tables, this.ways, rttMs)
    this.standings = new Standings(mesh, this.ways)
    this.pings = new RelayPings(mesh, suite, this.ways)
  }

  get sizes (): Sizes {
    return {
      ...this.tables.sizes, ...this.ways.sizes, ...this.telling.sizes, ...this.standings.sizes,
      ...this.pings.sizes,
    }
  }

  onReady (entry: LinkEntry): void {
    this.telling.onReady(entry)
    this.standings.of(entry.peer)
  }

  onEnded (link: LinkId): void {
    this.telling.onEnded(link)
  }

  /** What no honest node sends, or null. */
  onFrame (entry: LinkEntry, frame: RouteFrame): string | null {
    const { version } = this.tables
    switch (frame.type) {
      case 'link-table': {
        const why = this.telling.onTable(entry, frame)
        if (this.tables.version !== version) this.standings.onTablesChanged()
        return why
      }
      case 'table-digest':
        this.telling.onDigest(entry, frame)
        return null
      case 'relay-ping': return this.pings.onPing(entry, frame)
    }
  }

  keepHouse (): void {
    this.tables.keepHouse()
    this.standings.keepHouse()
    this.pings.keepHouse()
  }
}
