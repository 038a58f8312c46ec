/**
 * `--chat`: lines of stdin become bulletins, one after the other. The end of stdin ends publishing,
 * not the node. Read next: `line-cutter.ts`; `subscriber.ts`, which prints what comes back.
 */
import type { Readable } from 'node:stream'
import { GossipError, type Node, type Topic } from '../index.js'
import { explain } from './exit-code.js'
import { LineCutter, type CutLine } from './line-cutter.js'
import type { Output } from './output.js'
import { progressLine } from './progress.js'

export interface ChatOptions {
  readonly topic: Topic
  /** `--max-content`. */
  readonly lineBytesMax: number
  /** Leading zero bits of work that each line needs. */
  readonly difficulty: number
}

/** A person waits that long without asking what is going on. */
const PROGRESS_AFTER_MS = 1_000

/** Resolves at the end of stdin or when `signal` aborts. Never rejects; takes stdin for itself. */
export async function chat (
  { node, input, output }: { node: Node, input: Readable, output: Output },
  { topic, lineBytesMax, difficulty }: ChatOptions, signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const cutter = new LineCutter(lineBytesMax)
  const refused = (why: string): void => {
    if (!signal.aborted) output.complain(`p2p-gossip: a line was not published: ${why}`)
  }
  const publish = async (line: CutLine): Promise<void> => {
    if (signal.aborted) return
    if (line.kind === 'too-long') {
      return refused(`it has ${line.length} bytes, --max-content allows ${lineBytesMax}`)
    }
    const startMs = performance.now()
    const progress = (tries: number): void => {
      const waitedMs = performance.now() - startMs
      if (waitedMs >= PROGRESS_AFTER_MS) output.progress(progressLine(tries, difficulty, waitedMs))
    }
    try {
      await node.publish(topic, line.bytes, { signal, progress })
    } catch (error) {
      refused(error instanceof GossipError ? error.message : explain(error))
    } finally {
      output.progress(null)
    }
  }
  const stop = (): void => { input.destroy() }
  signal.addEventListener('abort', stop, { once: true })
  try {
    // One at a time: stdin is read no faster than lines are published.
    for await (const chunk of input) {
      for (const line of cutter.cut(chunk as Uint8Array)) await publish(line)
    }
    for (const line of cutter.end()) await publish(line)
  } catch (error) {
    if (signal.aborted) return
    output.complain(`p2p-gossip: stdin cannot be read, nothing more is published: ${
      error instanceof Error ? error.message : String(error)}`)
  } finally {
    signal.removeEventListener('abort', stop)
    input.destroy()
  }
}
