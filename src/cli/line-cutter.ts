/**
 * Bytes of stdin into lines, as bytes: what is typed or piped need not be UTF-8. A line that is
 * too long is counted and not kept. Read next: `chat.ts`.
 */

/** One line without its line end, or only the size of one that is too long. */
export type CutLine =
  | { readonly kind: 'line', readonly bytes: Uint8Array }
  | { readonly kind: 'too-long', readonly length: number }

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

export class LineCutter {
  readonly #bytesMax: number
  #parts: Uint8Array[] = []
  #length = 0

  constructor (bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The lines that these bytes end; empty ones are left out. */
  * cut (chunk: Uint8Array): Generator<CutLine> {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, from)
      if (end === -1) break
      this.#keep(chunk.subarray(from, end))
      yield * this.end()
      from = end + 1
    }
    this.#keep(chunk.subarray(from))
  }

  /** The last line, when it has no line end. */
  * end (): Generator<CutLine> {
    const length = this.#length
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    this.#length = 0
    const isReturned = bytes.at(-1) === CARRIAGE_RETURN
    const line = isReturned ? bytes.subarray(0, -1) : bytes
    if (length > bytes.length || line.length > this.#bytesMax) yield { kind: 'too-long', length }
    else if (line.length > 0) yield { kind: 'line', bytes: line }
  }

  /** One byte more than allowed, for the carriage return; the rest is only counted. */
  #keep (bytes: Uint8Array): void {
    const room = Math.max(0, this.#bytesMax + 1 - Math.min(this.#length, this.#bytesMax + 1))
    // A copy: the chunk is the stream's, and slice of a Buffer would make none.
    if (room > 0 && bytes.length > 0) this.#parts.push(new Uint8Array(bytes.subarray(0, room)))
    this.#length += bytes.length
  }
}
