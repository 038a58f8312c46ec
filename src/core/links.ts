/**
 * One state per link, and which links of a peer count. Tables and transitions only; who may become
 * ready is decided in `greet.ts`, what follows from it in `core.ts`.
 *
 * Of a pair the smaller identity is the arbiter (DESIGN 6): it keeps one ready link and closes the
 * former. The larger never closes a double; a link that a newer one overtook is obsolete there, and
 * stands in again if the newer one closes first (welcomes on two connections may arrive crossed).
 */
import { assert } from '../errors.js'
import type { Hello } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import type { AskId, LinkId } from './event.js'
import type { LinkDownReason } from './notice.js'
import type { Sizes } from './sizes.js'

export type LinkState =
  /** TLS is up; hellos and welcomes are under way. */
  | { readonly at: 'greeting', readonly hello: Hello | null, readonly welcomed: boolean }
  | { readonly at: 'ready', readonly incarnation: number }
  /** Larger side only: a newer link of the pair is ready. */
  | { readonly at: 'obsolete', readonly incarnation: number }
  /** Asked to close; its end is awaited and nothing it says counts. */
  | { readonly at: 'closing', readonly reason: LinkDownReason }

/** Which state may follow which; the property test walks it and docs/protocol.md draws it. */
export const LINK_TRANSITIONS: Readonly<Record<LinkState['at'], readonly LinkState['at'][]>> = {
  greeting: ['greeting', 'ready', 'closing'],
  ready: ['obsolete', 'closing'],
  obsolete: ['ready', 'closing'],
  closing: [],
}

export interface LinkEntry {
  readonly id: LinkId
  readonly peer: Identity
  readonly publicKey: Uint8Array
  /** `host:port` of the other end of the socket. */
  readonly remote: string
  /** The dial that led here, or null on the accepting side. */
  readonly ask: AskId | null
  /** Address that was dialled, or null on the accepting side. */
  readonly dialled: string | null
  readonly openedMs: number
  state: LinkState
  /** `refuse` frames that came on it; an honest node says one and closes. */
  refusals: number
}

export class Links {
  readonly #links = new Map<LinkId, LinkEntry>()
  /** Greeting, ready and obsolete links of a peer, oldest first. */
  readonly #byPeer = new Map<Identity, LinkEntry[]>()
  /** The one ready link of each peer. */
  readonly #ready = new Map<Identity, LinkEntry>()

  get sizes (): Sizes {
    const count = (at: LinkState['at'], accepted: boolean | null): number => {
      let found = 0
      for (const { state, ask } of this.#links.values()) {
        if (state.at === at && (accepted === null || accepted === (ask === null))) found++
      }
      return found
    }
    return {
      links: this.#links.size,
      linksReady: this.#ready.size,
      linksObsolete: count('obsolete', null),
      linksClosing: count('closing', null),
      greetingsIn: count('greeting', true),
      greetingsOut: count('greeting', false),
    }
  }

  add (entry: LinkEntry): void {
    this.#links.set(entry.id, entry)
    this.#byPeer.set(entry.peer, [...this.ofPeer(entry.peer), entry])
  }

  get (id: LinkId): LinkEntry | undefined {
    return this.#links.get(id)
  }

  /** Links of a peer that are not closing. */
  ofPeer (peer: Identity): readonly LinkEntry[] {
    return this.#byPeer.get(peer) ?? []
  }

  /** The ready link of a peer. */
  readyOf (peer: Identity): LinkEntry | undefined {
    return this.#ready.get(peer)
  }

  /** Every ready link, one per peer. */
  ready (): IterableIterator<LinkEntry> {
    return this.#ready.values()
  }

  get readyCount (): number {
    return this.#ready.size
  }

  all (): IterableIterator<LinkEntry> {
    return this.#links.values()
  }

  move (entry: LinkEntry, state: LinkState): void {
    assert(LINK_TRANSITIONS[entry.state.at].includes(state.at), `${entry.state.at} → ${state.at}`)
    if (this.#ready.get(entry.peer) === entry) this.#ready.delete(entry.peer)
    entry.state = state
    if (state.at === 'ready') {
      assert(!this.#ready.has(entry.peer), 'one ready link per peer')
      this.#ready.set(entry.peer, entry)
    }
    if (state.at === 'closing') this.#detach(entry)
  }

  /** The connection ended. */
  remove (entry: LinkEntry): void {
    if (this.#ready.get(entry.peer) === entry) this.#ready.delete(entry.peer)
    this.#links.delete(entry.id)
    this.#detach(entry)
  }

  #detach (entry: LinkEntry): void {
    const rest = this.ofPeer(entry.peer).filter(other => other !== entry)
    if (rest.length > 0) this.#byPeer.set(entry.peer, rest)
    else this.#byPeer.delete(entry.peer)
  }
}

/** True when frames of members (not of strangers still greeting) may come from it. */
export function isGreeted (entry: LinkEntry): boolean {
  return entry.state.at === 'ready' || entry.state.at === 'obsolete'
}
