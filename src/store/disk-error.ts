/** What a database says of its disk, in the words of the operating system. */

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/no space left/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/input\/output error/i, 'EIO'],
  [/read-only file system/i, 'EROFS'],
  [/permission denied/i, 'EACCES'],
  [/too many open files/i, 'EMFILE'],
]

/** An Error whose message names the cause's code: `ENOSPC`, `EIO`, or the database's own. */
export function diskError (what: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = causeOf(cause)
  return new Error(`${what} (${code}): ${message}`, { cause })
}

/** The system's code where the database names its cause, else the database's code. */
export function causeOf (error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const known = CAUSES.find(([text]) => text.test(message))?.[1]
  return known ?? codeOf(error)
}

/** `code` of an error, as Node and the databases give it. */
export function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason'
}

/** The files of the database, or of a part of it, are damaged. */
export function isCorruption (error: unknown): boolean {
  return codeOf(error) === 'LEVEL_CORRUPTION'
}
