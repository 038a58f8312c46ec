/**
 * The operator's addresses: `--connect` and `connect()`. They are tried for ever, every 5 s while
 * this node has no link or the address never led to one, else every 30 s; every `--rejoin` the
 * roster is compared through one of them, so that a ring of hostile peers cannot keep the true
 * network out (DESIGN 6; what is sharper than there is in docs/adr/0003).
 */
import { DIAL_LIMITS } from '../limits.js'
import type { RefuseCode } from '../wire/frame.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import type { Attempt, Dials } from './dials.js'
import type { Target } from './event.js'
import type { Exchange } from './exchange.js'
import type { LinkEntry } from './links.js'
import { warn, type Mesh } from './mesh.js'
import type { ConnectView } from './notice.js'
import { backOffMs } from './seeks.js'
import type { Sizes } from './sizes.js'
import type { Slots } from './slots.js'

interface Post {
  readonly target: Target
  /** Who answered there last. */
  peer: Identity | null
  /** A link was made through it at some time. */
  wasReached: boolean
  isDialling: boolean
  /** When it was dialled last. */
  triedMs: number
  /** It refused: not before this. */
  restsUntilMs: number
  /** Attempts in vain since it was named or reached last. */
  failures: number
  /** Of the last of them. */
  lastError: string | null
  /** The warning that it is unreachable was given; once until it was reached again. */
  isWarned: boolean
  /** Who was found instead of whom was demanded, and told of; null once it was reached. */
  mismatch: Identity | null
  /** `connect()` waits for a link here. */
  isAwaited: boolean
  /** It is to be dialled whoever may have another way to it: just named, or to rejoin through. */
  isCalledFor: boolean
}

export class Operator {
  readonly #mesh: Mesh
  readonly #dials: Dials
  readonly #exchange: Exchange
  readonly #slots: Slots
  /** By address, with the identity demanded there. */
  readonly #posts = new Map<string, Post>()

  constructor (mesh: Mesh, dials: Dials, exchange: Exchange, slots: Slots) {
    this.#mesh = mesh
    this.#dials = dials
    this.#exchange = exchange
    this.#slots = slots
  }

  get sizes (): Sizes {
    return { posts: this.#posts.size }
  }

  /** In the order in which they were named. */
  views (): ConnectView[] {
    return [...this.#posts.values()].map(post => {
      const { target: { address, identity }, failures, lastError } = post
      const peer = this.#linkAt(post)?.peer ?? null
      return { address, identity, peer, failures, lastError: failures === 0 ? null : lastError }
    })
  }

  start (): void {
    for (const target of this.#mesh.options.connect) this.add(target)
    this.#setRejoin()
  }

  /** The operator names an address: dial it at once. */
  add (target: Target): void {
    const key = keyOf(target)
    const former = this.#posts.get(key)
    if (former === undefined && this.#posts.size >= DIAL_LIMITS.connectTargetsMax) return
    const post = former ?? newPost(target)
    post.isAwaited = true
    post.isCalledFor = true
    this.#posts.set(key, post)
    this.#mesh.deadlines.set('connect', key, this.#mesh.nowMs)
  }

  /** Dialled no more. What is under way may still end in a link, which stays. */
  remove (target: Target): void {
    const key = keyOf(target)
    this.#posts.delete(key)
    this.#mesh.deadlines.clear('connect', key)
  }

  onDue (key: string): void {
    const post = this.#posts.get(key)
    const { phase } = this.#mesh
    // A quiet or leaving node dials nobody, whatever is still due or asked for.
    if (post === undefined || post.isDialling || phase === 'quiet' || phase === 'leaving') return
    const linked = this.#linkAt(post)
    if (linked !== undefined) {
      post.failures = 0
      this.#settle(post, linked.peer)
      this.#setDue(post)
      return
    }
    if (!post.isCalledFor && this.#isReachedEnough(post)) return this.#setSeldom(post)
    if (!this.#dials.hasRoom) {
      this.#mesh.deadlines.set('connect', key, this.#mesh.nowMs + DIAL_LIMITS.pumpEveryMs)
      return
    }
    post.isDialling = true
    post.isCalledFor = false
    post.triedMs = this.#mesh.nowMs
    const { target } = post
    this.#dials.start({ peer: target.identity, target, purpose: 'operator' }, [target.address])
  }

  /**
   * Somebody answered at an operator's address. Returns who had been seen there, when it was
   * somebody else.
   */
  onAnswered (target: Target, peer: Identity): Identity | null {
    const post = this.#posts.get(keyOf(target))
    if (post === undefined) return null
    const former = post.peer
    post.peer = peer
    return former === null || former === peer ? null : former
  }

  /** The dial led to a ready link, or to a peer that is linked with already. */
  onReached (target: Target, peer: Identity): void {
    const post = this.#posts.get(keyOf(target))
    if (post === undefined) return
    post.isDialling = false
    post.isWarned = false
    post.mismatch = null
    post.wasReached = true
    post.failures = 0
    this.#settle(post, peer)
    this.#setDue(post)
  }

  /** Who answered there and this node do not want each other; told once until it is reached. */
  onRefused (target: Target, code: RefuseCode, forMs: number): void {
    const post = this.#posts.get(keyOf(target))
    if (post === undefined) return
    // Places get free, and nothing else may lead to the network: a full one is not left for long.
    const isOnlyHope = code === 'full' && (post.peer === null || !this.#slots.reaches(post.peer))
    const restMs = isOnlyHope ? Math.min(forMs, DIAL_LIMITS.connectEveryLinklessMs) : forMs
    post.restsUntilMs = this.#mesh.nowMs + restMs
    if (post.isWarned) return
    post.isWarned = true
    const { address } = target
    if (code === 'network') {
      warn(this.#mesh, 'network-mismatch', `${address} belongs to another network (--network)`)
    } else if (code === 'version') {
      warn(this.#mesh, 'version-mismatch', `${address} speaks another version of the protocol`)
    } else if (code === 'full') {
      warn(this.#mesh, 'connect-refused', `${address} takes no further link; trying on, and others`)
    } else {
      warn(this.#mesh, 'connect-refused', `${address} and this node refuse each other: ${code}`)
    }
  }

  /** The dial failed; the address stays and is tried again. */
  onFailed ({ target, lastError }: Attempt): void {
    const post = target === null ? undefined : this.#posts.get(keyOf(target))
    if (post === undefined) return
    post.isDialling = false
    post.failures++
    post.lastError = lastError
    this.#setDue(post)
    if (post.isWarned || this.#mesh.phase !== 'running') return
    post.isWarned = true
    const { address } = post.target
    const why = lastError.startsWith(address)
      ? lastError
      : `${address} cannot be reached yet: ${lastError}`
    const message = `${why}; trying on`
    warn(this.#mesh, 'connect-unreachable', message)
  }

  /** Another key answered where an identity was demanded. */
  onMismatch (target: Target, expected: Identity, found: Identity): void {
    const post = this.#posts.get(keyOf(target))
    if (post === undefined || post.mismatch === found) return
    const message = `${target.address} answers as ${found}, not as ${expected}: ` +
      'refused; check with the operator of that machine'
    warn(this.#mesh, 'identity-mismatch', message)
    post.mismatch = found
    post.isWarned = true
    post.isAwaited = false
    this.#mesh.out.push({
      kind: 'connect-settled', address: target.address, peer: found, expected,
    })
  }

  /** The last link is gone: try sooner. */
  onLinkless (): void {
    for (const post of this.#posts.values()) if (!post.isDialling) this.#setDue(post)
  }

  /** Everything anew: dial every address at once. */
  dialAll (): void {
    for (const [key, post] of this.#posts) {
      post.isDialling = false
      this.#mesh.deadlines.set('connect', key, this.#mesh.nowMs)
    }
  }

  onRejoinDue (): void {
    this.#setRejoin()
    const post = this.#mesh.random.pick([...this.#posts.values()])
    if (post === undefined) return
    const linked = this.#linkAt(post)
    if (linked !== undefined) this.#exchange.begin(linked)
    else {
      post.isCalledFor = true
      this.onDue(keyOf(post.target))
    }
  }

  /** Links with whoever answers at an address that the operator named are kept. */
  names (peer: Identity): boolean {
    for (const { target, peer: found } of this.#posts.values()) {
      if (target.identity === peer || found === peer) return true
    }
    return false
  }

  /** In a partial mesh whoever answers there need not be linked with this very node. */
  #isReachedEnough ({ target, peer: found }: Post): boolean {
    const peer = target.identity ?? found
    return peer !== null && !this.#slots.wants(peer, null) && this.#slots.reaches(peer)
  }

  /** The ready link of whoever answers there. */
  #linkAt (post: Post): LinkEntry | undefined {
    const { links } = this.#mesh
    if (post.target.identity !== null) return links.readyOf(post.target.identity)
    return post.peer === null ? undefined : links.readyOf(post.peer)
  }

  #settle (post: Post, peer: Identity): void {
    if (!post.isAwaited) return
    post.isAwaited = false
    const { address } = post.target
    this.#mesh.out.push({ kind: 'connect-settled', address, peer, expected: null })
  }

  /**
   * Two islands may each have links and only this address in common: until it led to a link, hurry.
   * The first few attempts hurry more: an address is often named before somebody listens there.
   */
  #setDue (post: Post): void {
    const { links, deadlines, nowMs, random } = this.#mesh
    const hurries = links.readyCount === 0 || !post.wasReached
    const hurriedMs = Math.min(DIAL_LIMITS.connectEveryLinklessMs, backOffMs(post.failures))
    const everyMs = hurries ? hurriedMs : DIAL_LIMITS.connectEveryMs
    const waitMs = random.jittered(everyMs, DIAL_LIMITS.redialJitter)
    // A dial that failed is repeated from when it began: it may have waited already.
    const fromMs = post.failures > 0 ? post.triedMs : nowMs
    const dueMs = Math.max(nowMs, fromMs + waitMs, post.restsUntilMs)
    deadlines.set('connect', keyOf(post.target), dueMs)
  }

  #setSeldom (post: Post): void {
    const { deadlines, nowMs, random } = this.#mesh
    const waitMs = random.jittered(DIAL_LIMITS.connectEveryMs, DIAL_LIMITS.redialJitter)
    deadlines.set('connect', keyOf(post.target), nowMs + waitMs)
  }

  #setRejoin (): void {
    const { deadlines, nowMs, options, random } = this.#mesh
    const waitMs = random.jittered(options.rejoinMs, DIAL_LIMITS.rejoinJitter)
    deadlines.set('rejoin', '', nowMs + waitMs)
  }
}

/** Says who took an address over, for the operator. */
export function takeOverMessage (address: string, former: Identity, now: Identity): string {
  return `${address} now answers as ${shortIdentity(now)}, formerly ${shortIdentity(former)}`
}

function newPost (target: Target): Post {
  return {
    target,
    peer: null,
    wasReached: false,
    isDialling: false,
    triedMs: -Infinity,
    restsUntilMs: -Infinity,
    failures: 0,
    lastError: null,
    isWarned: false,
    mismatch: null,
    isAwaited: false,
    isCalledFor: false,
  }
}

function keyOf (target: Target): string {
  return target.identity === null ? target.address : `${target.identity}@${target.address}`
}
