/** The verb `publish`: a bulletin through a running node. Read next: `../content.ts`. */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Api } from '../api-door.js'
import {
  FILE_FLAG, SOURCE_FLAG, TIMEOUT_FLAG, TOPIC_FLAG, WAIT_FLAG, given, milliseconds,
} from '../client-flags.js'
import { contentOf } from '../content.js'
import { CliError, EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { countText } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { whileWaiting } from '../waiting.js'
import { withNode } from '../with-node.js'

export const publish = verb({
  words: ['publish'],
  purpose: 'publish a text, a file or stdin as one bulletin',
  operands: [{ name: 'TEXT', about: 'the content; else --file, else stdin', isOptional: true }],
  flags: {
    topic: TOPIC_FLAG,
    file: FILE_FLAG,
    source: SOURCE_FLAG,
    wait: WAIT_FLAG,
    timeout: TIMEOUT_FLAG,
    bits: {
      kind: 'whole', value: 'BITS', range: [0, BULLETIN_LIMITS.difficultyMax],
      about: 'more work than the network demands', fallback: '--difficulty of the node',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip publish "hello world"', 'to the topic public'],
    ['p2p-gossip publish --topic status --wait all "up again"', 'and learn who stored it'],
    ['p2p-gossip publish --source bob "hello world"', 'under a name that others see as claimed'],
    ['uptime | p2p-gossip publish --topic status', 'from stdin, without its last line end'],
    ['p2p-gossip publish -- "-1 degrees"', 'a text that begins with -'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { values: { topic, file, source, wait, timeout, bits, json }, operands } = settings
    const content = await contentOf(operands[0], file, world)
    const asked = given({ topic, ...content, source, wait, timeoutMs: milliseconds(timeout), bits })
    const made = await withNode(settings, world, node =>
      whileWaiting(output, waitingFor(wait), () => stored(node, () => node.publish(asked))))
    output.print(json === true ? jsonText(made) : [
      `published ${made.contentId.slice(0, 10)}…, ${linkedText(made.linked)}`,
      ...(wait === undefined || wait === 0 ? [] : [storedText(made.storedBy)]),
    ].join(', '))
    return EXIT.fine
  },
})

/** Says how many could have stored what too few did. */
export async function stored<R> (node: Api, call: () => Promise<R>): Promise<R> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'not-stored')) throw error
    const { linked } = await node.status()
    const what = `${error.message}; this node is linked with ${countText(linked, 'peer')}`
    throw new CliError(EXIT.condition, what, error)
  }
}

export function waitingFor (wait: number | 'all' | undefined): string {
  return wait === undefined || wait === 0
    ? 'for the node'
    : `until ${wait === 'all' ? 'all' : countText(wait, 'member')} stored it`
}

export function linkedText (linked: number): string {
  return linked === 0
    ? 'nobody is linked: it is kept for who comes'
    : `on its way over ${countText(linked, 'link')}`
}

export function storedText (storedBy: readonly string[]): string {
  return `stored by ${countText(storedBy.length, 'member')}`
}
