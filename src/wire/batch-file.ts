/**
 * Files of batches, for places that no link reaches: the batches as their authors signed them, one
 * after the other. A file that ends early is told from a whole one by its end mark.
 *
 *     file = "p2p-gossip batches\n" | u8 version (1) | bytes[32] network hash | part* | end
 *     part = u32 length, not 0 | batch
 *     end  = u32 0 | u32 number of batches
 *
 * Read next: `hall/archive.ts`, which exports and imports.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { setU32, utf8Encode, viewOf } from './bytes.js'
import { equalBytes } from './equal.js'

const MAGIC = utf8Encode('p2p-gossip batches\n')
const VERSION = 1
const HASH_BYTES = 32
const HEAD_BYTES = MAGIC.length + 1 + HASH_BYTES
const LENGTH_BYTES = 4

export function encodeFileHead (networkHash: Uint8Array): Uint8Array {
  assert(networkHash.length === HASH_BYTES, 'a network hash has 32 bytes')
  const bytes = new Uint8Array(HEAD_BYTES)
  bytes.set(MAGIC)
  bytes[MAGIC.length] = VERSION
  bytes.set(networkHash, MAGIC.length + 1)
  return bytes
}

export function encodeFilePart (batch: Uint8Array): Uint8Array {
  assert(batch.length > 0 && batch.length <= WIRE_LIMITS.frameBytesMax, 'a batch fits a frame')
  const bytes = new Uint8Array(LENGTH_BYTES + batch.length)
  setU32(viewOf(bytes), 0, batch.length)
  bytes.set(batch, LENGTH_BYTES)
  return bytes
}

export function encodeFileEnd (batches: number): Uint8Array {
  const bytes = new Uint8Array(2 * LENGTH_BYTES)
  setU32(viewOf(bytes), LENGTH_BYTES, batches)
  return bytes
}

/** Why a file is not read, or not to its end; `foreign`: of another kind, version or network. */
export interface FileFault {
  readonly kind: 'foreign' | 'damaged'
  readonly why: string
}

/** What comes next. */
type Place = 'head' | 'length' | 'batch' | 'count' | 'end'

/** Takes a file apart, however it is cut into chunks. Never throws. */
export class BatchFileReader {
  readonly #networkHash: Uint8Array
  /** What was not read yet, `#size` bytes. */
  #chunks: Uint8Array[] = []
  #size = 0
  #at: Place = 'head'
  /** Bytes that the next part has. */
  #needed = HEAD_BYTES
  #count = 0
  #fault: FileFault | null = null

  constructor (networkHash: Uint8Array) {
    this.#networkHash = networkHash
  }

  push (chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  /** The next batch, a view of the chunks; null when more is needed, or after the end. */
  next (): Uint8Array | FileFault | null {
    while (this.#fault === null) {
      if (this.#at === 'end') {
        return this.#size === 0 ? null : this.#fail('damaged', 'bytes after the end')
      }
      if (this.#size < this.#needed) return null
      const batch = this.#onBytes(this.#take(this.#needed))
      if (batch !== null) return batch
    }
    return this.#fault
  }

  /** There is no more to push: null when that was the end of the file. */
  end (): FileFault | null {
    if (this.#fault === null && this.#at !== 'end') return this.#fail('damaged', 'it ends early')
    return this.#fault
  }

  #onBytes (bytes: Uint8Array): Uint8Array | null {
    switch (this.#at) {
      case 'head':
        this.#onHead(bytes)
        this.#expect('length', LENGTH_BYTES)
        return null
      case 'length': {
        const length = viewOf(bytes).getUint32(0)
        if (length > WIRE_LIMITS.frameBytesMax) this.#fail('damaged', 'a batch is too long')
        else if (length === 0) this.#expect('count', LENGTH_BYTES)
        else this.#expect('batch', length)
        return null
      }
      case 'batch':
        this.#count++
        this.#expect('length', LENGTH_BYTES)
        return bytes
      case 'count':
        if (viewOf(bytes).getUint32(0) !== this.#count) this.#fail('damaged', 'batches are missing')
        this.#expect('end', 0)
        return null
      case 'end': return null
    }
  }

  #onHead (bytes: Uint8Array): void {
    if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
      this.#fail('foreign', 'it is no file of batches')
    } else if (bytes[MAGIC.length] !== VERSION) {
      this.#fail('foreign', 'it is of another version')
    } else if (!equalBytes(bytes.subarray(MAGIC.length + 1), this.#networkHash)) {
      this.#fail('foreign', 'it is of another network')
    }
  }

  #expect (at: Place, needed: number): void {
    this.#at = at
    this.#needed = needed
  }

  #fail (kind: FileFault['kind'], why: string): FileFault {
    this.#fault ??= { kind, why }
    return this.#fault
  }

  /** Chunks are joined once for each part, however small they are. */
  #take (count: number): Uint8Array {
    const [first] = this.#chunks
    let all = first ?? new Uint8Array(0)
    if (all.length < count) {
      all = new Uint8Array(this.#size)
      let at = 0
      for (const chunk of this.#chunks) {
        all.set(chunk, at)
        at += chunk.length
      }
      this.#chunks = [all]
    }
    const rest = all.subarray(count)
    if (rest.length > 0) this.#chunks[0] = rest
    else this.#chunks.shift()
    this.#size -= count
    return all.subarray(0, count)
  }
}
