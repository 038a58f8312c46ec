/**
 * One call over a unix socket, with nothing but Node. Read next: `client.ts`.
 */
import { request, type IncomingMessage } from 'node:http'
import { Readable, pipeline } from 'node:stream'
import { API_LIMITS } from '../limits.js'
import { ApiCallError, NoNodeError } from './client-errors.js'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With its query. */
  readonly path: string
  /** Sent as JSON, or as it is when it comes in pieces. */
  readonly body?: object | undefined
  readonly file?: AsyncIterable<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/**
 * The answer, once its head is there, unless it is an error. Rejects with NoNodeError or
 * ApiCallError, and when `signal` aborts with its AbortError.
 */
export async function open (socket: string, call: Call): Promise<IncomingMessage> {
  const answer = await send(socket, call)
  const status = answer.statusCode ?? 0
  if (status === 200) return answer
  throw errorOf(status, await textOf(socket, answer))
}

/** The answer in JSON. Rejects as `open`. */
export async function ask (socket: string, call: Call): Promise<unknown> {
  const text = await textOf(socket, await open(socket, call))
  return JSON.parse(text)
}

function send (
  socket: string, { method, path, body, file, headers, signal }: Call,
): Promise<IncomingMessage> {
  const json = body === undefined ? null : Buffer.from(JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const sent = request({
      socketPath: socket, method, path,
      // One connection for each call: a verb makes one, and none of them is to keep it alive.
      agent: false,
      headers: {
        host: 'localhost',
        ...(json === null
          ? {}
          : { 'content-type': 'application/json', 'content-length': json.length }),
        ...(file === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        ...headers,
      },
      ...(signal === undefined ? {} : { signal }),
    })
    sent.once('response', resolve)
    sent.once('error', error => {
      reject(signal?.aborted === true ? error : new NoNodeError(socket, error))
    })
    if (file === undefined) sent.end(json ?? undefined)
    else {
      pipeline(Readable.from(file, { objectMode: false }), sent, error => {
        if (error !== null && error !== undefined) {
          reject(isOfConnection(error) ? new NoNodeError(socket, error) : error)
        }
      })
    }
  })
}

const CUT = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE',
])

/** Else it is the file that could not be read. */
function isOfConnection (error: NodeJS.ErrnoException): boolean {
  const { code = '', syscall = '' } = error
  return syscall === 'connect' || CUT.has(code)
}

async function textOf (socket: string, answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > API_LIMITS.answerBytesMax) {
        answer.destroy()
        throw new ApiCallError(502, 'answer-too-large', 'the answer is larger than any of a node')
      }
      pieces.push(piece)
    }
  } catch (error) {
    throw error instanceof ApiCallError ? error : new NoNodeError(socket, error)
  }
  return Buffer.concat(pieces).toString()
}

function errorOf (status: number, text: string): ApiCallError {
  try {
    const { error: { code, message } } = JSON.parse(text) as
      { error: { code: unknown, message: unknown } }
    return new ApiCallError(status, String(code), String(message))
  } catch {
    return new ApiCallError(status, 'answer-foreign', `answered ${status}: that is no node`)
  }
}
