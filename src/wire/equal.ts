/** Comparing bytes. Not in constant time: nothing compared here is secret. */
export function equalBytes (one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
