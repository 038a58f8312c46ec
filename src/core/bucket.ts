/** A bucket of turns: refilled steadily, so many saved up at most (token bucket). */
export interface Bucket {
  tokens: number
  filledMs: number
}

export function fill (bucket: Bucket, perSecond: number, burst: number, nowMs: number): void {
  const gained = (nowMs - bucket.filledMs) * perSecond / 1_000
  bucket.tokens = Math.min(burst, bucket.tokens + gained)
  bucket.filledMs = nowMs
}
