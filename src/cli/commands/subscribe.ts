/** The verb `subscribe`: bulletins as they come, until Ctrl-C. Read next: `../print.ts`. */
import { CliError, EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { SINCE_FLAG, given } from '../client-flags.js'
import {
  Printer, gapText, jsonLine, type BulletinLine, type GapWarning, type LostWarning, type Told,
} from '../print.js'
import type { Api, GapView, LostView } from '../api-door.js'
import type { BulletinView } from '../../api/schemas.js'
import { DEFAULTS } from '../../options.js'
import type { Identity } from '../../wire/identity.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const subscribe = verb({
  words: ['subscribe'],
  purpose: 'print bulletins as they come, until Ctrl-C',
  operands: [{ name: 'TOPIC', about: 'a text, or the 64 hex digits of its id', isMany: true }],
  flags: {
    since: { ...SINCE_FLAG, fallback: 'from now on' },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip subscribe public --since all', 'what is kept first, then what comes'],
    ['p2p-gossip subscribe status alarms --json | jq -r .text', 'two topics, for programs'],
  ],
  act: async (settings, world) => {
    const { output, version, colours } = world
    const { values: { since, json }, operands } = settings
    const ends = new AbortController()
    world.interrupted().addEventListener('abort', () => { ends.abort() }, { once: true })
    const broken: { why: Error | null } = { why: null }
    output.onBroken(why => {
      broken.why = why
      ends.abort()
    })
    const printer = new Printer({ version, network: DEFAULTS.network, colours })
    const tell = (told: Told): void => {
      output.print(json === true ? jsonLine(told) : printer.line(told))
    }
    await withNode(settings, world, async node => {
      const asked = given({ topics: [...operands], since, signal: ends.signal })
      await follow(node, asked, tell)
    })
    if (broken.why !== null) {
      throw new CliError(EXIT.failed, `cannot write to stdout: ${broken.why.message}`)
    }
    if (ends.signal.aborted) return EXIT.fine
    throw new CliError(EXIT.noNode, 'the node has left, nothing more comes')
  },
})

async function follow (
  node: Api, asked: { topics: string[], since?: number, signal: AbortSignal },
  tell: (told: Told) => void,
): Promise<void> {
  try {
    for await (const view of node.subscribe(asked)) {
      const at = new Date().toISOString()
      tell({ at, ...lineOf(view) })
    }
  } catch (error) {
    // Who ended it is no failure.
    if (!asked.signal.aborted) throw error
  }
}

/** The object of `run --json`, less `at`. */
function lineOf (view: BulletinView | GapView | LostView): BulletinLine | GapWarning | LostWarning {
  if (!('kind' in view)) return { kind: 'bulletin', ...view, author: view.author as Identity }
  if (view.kind === 'lost') {
    return { kind: 'warning', code: 'lost', message: view.message, count: view.count }
  }
  const { incarnation, first, last } = view
  const author = view.author as Identity
  const message = gapText('', author, first, last)
  return { kind: 'warning', code: 'gap', message, author, incarnation, first, last }
}
