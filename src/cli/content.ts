/**
 * What is to be published or sent: the text operand, a file, or stdin when neither is given. Read
 * next: `commands/publish.ts`.
 */
import { isUtf8 } from 'node:buffer'
import { WIRE_LIMITS } from '../limits.js'
import { readFileBytes } from './config-file.js'
import { usageError } from './exit-code.js'
import type { World } from './world.js'

/** As the API takes it: text, or base64 of what is not UTF-8. */
export type Content = { readonly text: string } | { readonly data: string }

const LINE_FEED = 0x0a

/** Rejects with GossipError `option-invalid`: two sources, nothing to read, too much of it. */
export async function contentOf (
  text: string | undefined, file: string | undefined, world: World,
): Promise<Content> {
  if (text !== undefined && file !== undefined) {
    throw usageError('a text and --file were given; give one of them')
  }
  const [bytes, origin] = text !== undefined
    ? [Buffer.from(text), 'the text']
    : file !== undefined
      ? [readFileBytes(file, '--file', WIRE_LIMITS.contentBytesMax + 1), '--file']
      : [await stdinOf(world), 'stdin'] as const
  if (bytes.length === 0) throw usageError(`${origin} is empty; give at least one byte`)
  if (bytes.length > WIRE_LIMITS.contentBytesMax) {
    throw usageError(
      `${origin} has more than ${WIRE_LIMITS.contentBytesMax} bytes, the most a bulletin may have`,
    )
  }
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { data: bytes.toString('base64') }
}

/** Up to one byte too many, without the line end of `echo`. */
async function stdinOf ({ input, output }: World): Promise<Buffer> {
  const stdin = input()
  if (stdin.isTTY === true) {
    output.complain('p2p-gossip: reading the text from this terminal; Ctrl-D ends it')
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stdin) {
    chunks.push(chunk as Uint8Array)
    length += (chunk as Uint8Array).length
    // The line feed may be one more.
    if (length > WIRE_LIMITS.contentBytesMax + 1) break
  }
  const bytes = Buffer.concat(chunks)
  return bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes
}
