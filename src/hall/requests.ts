/**
 * Applications' own frames: handlers here, questions to linked peers. What the bytes mean is
 * theirs.
 * Read next: `core/requests.ts`, which counts and bounds them.
 */
import type { Effect } from '../core/effect.js'
import type { Event, RequestId } from '../core/event.js'
import { closedError, GossipError } from '../errors.js'
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../limits.js'
import { utf8Decode, utf8Encode, utf8Length } from '../wire/bytes.js'
import type { Identity } from '../wire/identity.js'
import { stripControl } from '../wire/text.js'

/** Answers requests of a kind. What it throws is told to the asker as text. */
export type RequestHandler = (
  body: Uint8Array, from: Identity,
) => Uint8Array | Promise<Uint8Array>

export interface RequestOptions {
  /** How long to wait for the answer, ms, up to 600,000. @default 10000 */
  readonly timeoutMs?: number
}

/** Kinds that begin so are this program's own: no application takes or asks them. */
const RESERVED = 'p2p-gossip/'
/** 32 bytes of a content id; answered with the batch that has it, or with nothing. */
export const LOOKUP_KIND = `${RESERVED}bulletin`
/** A greeting, see `wire/private.ts`; answered by whoever is the contact with a sealed answer. */
export const CONTACT_KIND = `${RESERVED}contact`
/** Nothing; answered with the delivery code of the inbox. */
export const INBOX_KIND = `${RESERVED}inbox`
/** 16 random bytes; answered with them. */
export const PING_KIND = `${RESERVED}ping`

/** A ping to somebody else, to be passed on; see `wire/far-ping.ts`. Answered with its nonce. */
export const FAR_PING_KIND = `${RESERVED}far-ping`

interface Waiting {
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: GossipError) => void
}

type Answered = Extract<Effect, { kind: 'request-answered' }>

export class Requests {
  readonly #post: (event: Event) => void
  readonly #handlers = new Map<string, RequestHandler>()
  readonly #waiting = new Map<RequestId, Waiting>()
  #nextId = 1

  constructor (post: (event: Event) => void) {
    this.#post = post
  }

  /** Null takes the handler away. Throws GossipError `option-invalid`. */
  handle (kind: string, handler: RequestHandler | null): void {
    checkKind(kind)
    this.serve(kind, handler)
  }

  /** The same for the program's own kinds. */
  serve (kind: string, handler: RequestHandler | null): void {
    if (handler === null) this.#handlers.delete(kind)
    else this.#handlers.set(kind, handler)
  }

  request (
    peer: Identity, kind: string, body: Uint8Array, options: RequestOptions,
  ): Promise<Uint8Array> {
    const timeoutMs = options.timeoutMs ?? BULLETIN_LIMITS.requestDefaultMs
    try {
      checkKind(kind)
      checkBody(body)
      checkTimeout(timeoutMs)
    } catch (error) {
      return Promise.reject(error as GossipError)
    }
    return this.ask(peer, kind, new Uint8Array(body), timeoutMs)
  }

  /** The same for the program's own kinds; nothing is checked or copied. */
  ask (
    peer: Identity, kind: string, body: Uint8Array, timeoutMs: number,
  ): Promise<Uint8Array> {
    const request = this.#nextId++ as RequestId
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject })
      this.#post({ kind: 'request-asked', request, peer, name: kind, body, timeoutMs })
    })
  }

  onServe ({ link, id, peer, name, body }: Extract<Effect, { kind: 'serve-request' }>): void {
    const handler = this.#handlers.get(name)
    const answer = (status: 'answered' | 'no-handler' | 'failed', bytes: Uint8Array): void => {
      this.#post({ kind: 'request-served', link, id, status, body: bytes })
    }
    if (handler === undefined) return answer('no-handler', new Uint8Array(0))
    void (async () => {
      const response = await handler(body, peer)
      checkBody(response)
      return new Uint8Array(response)
    })().then(
      response => { answer('answered', response) },
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        answer('failed', utf8Encode(why.slice(0, WIRE_LIMITS.ownErrorTextCharsMax)))
      },
    )
  }

  onAnswered ({ request, status, body }: Answered): void {
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    if (status === 'answered') waiting?.resolve(body)
    else waiting?.reject(failureOf(status, body))
  }

  close (): void {
    const error = closedError()
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

type Failure = Exclude<Answered['status'], 'answered'>

/** The link that carried a request ended before the answer; another one may be there already. */
export function isOfLinkEnd (error: unknown): boolean {
  return error instanceof GossipError && error.cause === LINK_END
}

/** There is no link with that peer: nothing was sent. */
export function isNotLinked (error: unknown): boolean {
  return error instanceof GossipError && error.code === 'not-linked'
}

const LINK_END = 'the link ended'

function failureOf (status: Failure, body: Uint8Array): GossipError {
  switch (status) {
    case 'not-linked': return new GossipError('not-linked', 'request: that peer is not linked')
    case 'busy': return new GossipError('busy', 'request: too much is under way with that peer')
    case 'timeout': return new GossipError('request-failed', 'request: no answer came in time')
    case 'closed':
      return new GossipError('request-failed', `request: ${LINK_END}`, LINK_END)
    case 'no-handler':
      return new GossipError('request-failed', 'request: that peer has no handler of this kind')
    case 'failed':
      return new GossipError('request-failed', `request: the handler failed: ${textOf(body)}`)
  }
}

function textOf (body: Uint8Array): string {
  try {
    return stripControl(utf8Decode(body.subarray(0, 4 * WIRE_LIMITS.ownErrorTextCharsMax)))
  } catch {
    return 'it gave no readable reason'
  }
}

function checkKind (kind: string): void {
  const bytes = typeof kind === 'string' ? utf8Length(kind) : 0
  if (bytes >= 1 && bytes <= WIRE_LIMITS.requestKindBytesMax) {
    if (!kind.startsWith(RESERVED)) return
    throw new GossipError('option-invalid', `a request's kind must not begin with ${RESERVED}`)
  }
  const what = `a request's kind must be a text of 1 to ${WIRE_LIMITS.requestKindBytesMax} bytes`
  throw new GossipError('option-invalid', what)
}

function checkBody (body: Uint8Array): void {
  if (body instanceof Uint8Array && body.length <= WIRE_LIMITS.requestBytesMax) return
  const what = `a request's body must be at most ${WIRE_LIMITS.requestBytesMax} bytes`
  throw new GossipError('option-invalid', what)
}

/** Throws GossipError `option-invalid`. */
export function checkTimeout (timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= BULLETIN_LIMITS.requestMaxMs) return
  const what = `timeoutMs must be more than 0 and at most ${BULLETIN_LIMITS.requestMaxMs}`
  throw new GossipError('option-invalid', what)
}
