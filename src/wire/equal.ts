/** Comparing bytes. Not in constant time: nothing compared here is secret. */
export function equalBytes (one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}
