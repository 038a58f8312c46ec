/** How many of what a machine of the core holds now, by name; `limits.ts` says how many may. */
export type Sizes = Readonly<Record<string, number>>
