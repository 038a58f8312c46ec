/**
 * Server-sent events as a body that is read on when its reader took what it has: a reader that is
 * slow makes nothing grow here. Read next: `streams.ts`.
 */
import { API_LIMITS } from '../limits.js'
import type { RingEvent } from './ring.js'

/** What a connection reads from. */
export interface EventSource {
  /**
   * The next event, when there is one. `end`: none will come, the node leaves; `cut`: another
   * connection goes on with the stream.
   */
  next (): { readonly id: string, readonly event: RingEvent } | 'later' | 'end' | 'cut'
  /** True when `next` is worth asking again, false when it was not within so long. */
  changed (withinMs: number): Promise<boolean>
  /** The connection is gone. */
  gone (): void
}

/** The last event of a stream whose node has ended. */
const LEFT = 'event: left\ndata: {}\n\n'
const BEAT = ': beat\n\n'

/** The body: first `opening`, then events, a comment every 15 s. */
export function eventBody (source: EventSource, opening: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isOpen = true
  let first: string | null = opening
  return new ReadableStream<Uint8Array>({
    pull: async controller => {
      const text = first ?? await nextText(source, () => isOpen)
      first = null
      if (!isOpen) return
      if (text !== null) controller.enqueue(encoder.encode(text))
      if (text !== null && text !== LEFT) return
      isOpen = false
      controller.close()
      source.gone()
    },
    cancel: () => {
      isOpen = false
      source.gone()
    },
  }, { highWaterMark: 0 })
}

/** Null: nothing more for this connection. */
async function nextText (source: EventSource, isOpen: () => boolean): Promise<string | null> {
  while (isOpen()) {
    const next = source.next()
    if (next === 'end') return LEFT
    if (next === 'cut') return null
    if (next !== 'later') return eventText(next.id, next.event)
    if (!await source.changed(API_LIMITS.streamBeatEveryMs)) return BEAT
  }
  return null
}

export function eventText (id: string, { name, data }: Omit<RingEvent, 'ordinal'>): string {
  return `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`
}
