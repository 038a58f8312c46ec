/** Medians of rounds, and how far they lie apart. */

export function quantile (values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

export function median (values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** `median (least–most)`. */
export function spread (values: readonly number[], digits = 2): string {
  const show = (value: number): string => value.toFixed(digits)
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`
}
