/** Bytes as lower-case hexadecimal: topics, content ids and hashes in text and as keys of maps. */

const DIGITS = Uint8Array.from('0123456789abcdef', digit => digit.charCodeAt(0))
/** Bytes turned into text at once: a hash. */
const PIECE_BYTES = 32
/** Codes of the digits of one piece, used again and again. */
const codes = Array.from<number>({ length: 2 * PIECE_BYTES }).fill(0)

export function toHex (bytes: Uint8Array): string {
  if (bytes.length === PIECE_BYTES) return pieceToHex(bytes, 0)
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(pieceToHex(bytes, at))
  return pieces.join('')
}

/** A text in one piece. One put together digit by digit takes ten times the memory. */
function pieceToHex (bytes: Uint8Array, at: number): string {
  const length = Math.min(PIECE_BYTES, bytes.length - at)
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i] ?? 0
    codes[2 * i] = DIGITS[byte >>> 4] ?? 0
    codes[2 * i + 1] = DIGITS[byte & 15] ?? 0
  }
  const piece = String.fromCharCode.apply(null, codes)
  return length === PIECE_BYTES ? piece : piece.slice(0, 2 * length)
}

/** The bytes of an even number of hex digits of either case; null for anything else. */
export function parseHex (text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null
  const bytes = new Uint8Array(text.length / 2)
  return writeHex(text, bytes, 0) ? bytes : null
}

/** The same into `bytes` from `at` on; false for anything else, of which a part may be written. */
export function writeHex (text: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; 2 * i < text.length; i++) {
    const byte = 16 * digitOf(text.charCodeAt(2 * i)) + digitOf(text.charCodeAt(2 * i + 1))
    if (Number.isNaN(byte)) return false
    bytes[at + i] = byte
  }
  return true
}

/** NaN for what is no digit. */
function digitOf (code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : NaN
}
