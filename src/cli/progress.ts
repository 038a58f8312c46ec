/** How far hashcash is, as one line for a terminal. Read next: `output.ts`, which shows it. */

const BAR_COLUMNS = 20

/**
 * Nobody knows when the work ends. The bar shows the chance that so many tries had of success, so
 * it fills more and more slowly and is never full.
 */
export function progressLine (tries: number, bits: number, waitedMs: number): string {
  const chance = 1 - Math.exp(-tries / 2 ** bits)
  const full = Math.min(BAR_COLUMNS - 1, Math.floor(chance * BAR_COLUMNS))
  const bar = '#'.repeat(full).padEnd(BAR_COLUMNS, '.')
  const millions = (tries / 1e6).toFixed(1)
  const expected = (2 ** bits / 1e6).toFixed(1)
  return `working  [${bar}]  ${millions} of about ${expected} million tries, ` +
    `${(waitedMs / 1_000).toFixed(0)} s`
}
