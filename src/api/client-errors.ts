/** What a call of the API can end with. A leaf. */

/** The API answered with an error. */
export class ApiCallError extends Error {
  /** HTTP status. */
  readonly status: number
  /** As docs/errors.md and docs/control-api.md list them. */
  readonly code: string

  constructor (status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiCallError'
    this.status = status
    this.code = code
  }
}

/** Nobody serves the socket, or it went away before it answered. */
export class NoNodeError extends Error {
  constructor (socket: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`no node answers at ${socket}: ${why}`, { cause })
    this.name = 'NoNodeError'
  }
}
