/**
 * Events out of the body of an answer, and the connection made again when it was cut, from the
 * very event on that was the last. Read next: `client.ts`.
 */
import { API_LIMITS } from '../limits.js'
import { ApiCallError, NoNodeError } from './client-errors.js'
import { open } from './call.js'

export interface SentEvent {
  readonly id: string
  readonly name: string
  readonly data: string
}

export interface EventsOptions {
  readonly signal?: AbortSignal | undefined
  /** Given in the place of the events that a stream cannot give any more. */
  readonly lost: (message: string) => SentEvent
}

/**
 * Events of a stream, whatever connection brings them. Ends when the node left or `signal` aborts.
 * Rejects with NoNodeError when there was no node to begin with, and with ApiCallError.
 */
export async function * eventsOf (
  socket: string, path: string, { signal, lost }: EventsOptions,
): AsyncGenerator<SentEvent, void, undefined> {
  let last: string | null = null
  let tries = 0
  for (;;) {
    try {
      for await (const event of connection(socket, path, last, signal)) {
        last = event.id === '' ? last : event.id
        if (event.name === 'left') return
        if (event.name === 'open') continue
        tries = 0
        yield event
      }
    } catch (error) {
      if (signal?.aborted === true) return
      if (error instanceof ApiCallError && error.code === 'stream-unknown' && last !== null) {
        yield lost('the stream could not be resumed: what came meanwhile is lost')
        last = null
        continue
      }
      if (!(error instanceof NoNodeError)) throw error
      // A node that is gone has left; one that never was is no node.
      if (last !== null && isGone(error)) return
      if (last === null) throw error
    }
    if (signal?.aborted === true) return
    if (++tries > API_LIMITS.resumeTriesMax) {
      throw new NoNodeError(socket, new Error('the connection is cut again and again'))
    }
    await new Promise(resolve => { setTimeout(resolve, API_LIMITS.resumeAfterMs) })
  }
}

/** Events of one connection. Rejects with NoNodeError when it is cut. */
async function * connection (
  socket: string, path: string, last: string | null, signal: AbortSignal | undefined,
): AsyncGenerator<SentEvent, void, undefined> {
  const headers = last === null ? {} : { 'last-event-id': last }
  const body = await open(socket, { method: 'GET', path, headers, signal })
  try {
    yield * parseEvents(body.setEncoding('utf8') as AsyncIterable<string>)
  } catch (error) {
    throw error instanceof ApiCallError ? error : new NoNodeError(socket, error)
  } finally {
    body.destroy()
  }
}

/** Comments are passed over; an event that is cut off counts for nothing. */
export async function * parseEvents (
  texts: AsyncIterable<string>,
): AsyncGenerator<SentEvent, void, undefined> {
  let rest = ''
  for await (const text of texts) {
    // Looked at from where it can end first: an event may come in many pieces.
    let from = Math.max(0, rest.length - 1)
    rest += text
    for (;;) {
      const end = rest.indexOf('\n\n', from)
      if (end < 0) break
      const event = eventOf(rest.slice(0, end))
      rest = rest.slice(end + 2)
      from = 0
      if (event !== null) yield event
    }
    if (rest.length > API_LIMITS.eventBytesMax) {
      throw new ApiCallError(502, 'answer-too-large', 'an event is larger than any of a node')
    }
  }
}

function eventOf (block: string): SentEvent | null {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(': ')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2))
  }
  const [id, name, data] = ['id', 'event', 'data'].map(field => fields.get(field) ?? '')
  if (name === undefined || name === '') return null
  return { id: id ?? '', name, data: data ?? '' }
}

/** Nobody is there any more, as opposed to a connection that was cut. */
function isGone ({ cause }: NoNodeError): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : ''
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}
