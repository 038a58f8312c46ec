/** What a scene tells: see `scenes.ts` and `partial-scenes.ts`. */
export interface SceneReport {
  readonly scene: string
  readonly nodes: number
  /** What had to come to be and how long it took, in order. */
  readonly tookMs: Readonly<Record<string, number>>
  readonly steps: number
  /** What was measured besides. */
  readonly figures?: Readonly<Record<string, number>>
}
