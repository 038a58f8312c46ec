/**
 * The verbs `messages` and `messages purge`: what a running node holds. Read next:
 * `../message-lines.ts`, which words it.
 */
import { OPTION_LIMITS } from '../../limits.js'
import type { BulletinView } from '../../api/schemas.js'
import {
  AUTHOR_FLAG, LIMIT_FLAG, NARROWING, SINCE_FLAG, TOPIC_FLAG, UNTIL_FLAG, given,
} from '../client-flags.js'
import { CliError, EXIT, usageError } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { gossipdLines, messageCard, messageTable } from '../message-lines.js'
import { advised } from '../peer-advice.js'
import { countText } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

const TEXT = {
  kind: 'text', value: 'TEXT', range: [1, OPTION_LIMITS.topicBytesMax], fallback: 'any content',
} as const
const DIGITS = { kind: 'hex', value: 'DIGITS', range: [1, 64], fallback: 'of any topic' } as const

export const messages = verb({
  words: ['messages'],
  purpose: 'list the bulletins that a running node holds',
  operands: [],
  flags: {
    topic: { ...TOPIC_FLAG, fallback: 'of any topic' },
    'topic-prefix': { ...DIGITS, about: 'topics whose id begins so' },
    'topic-suffix': { ...DIGITS, about: 'topics whose id ends so' },
    content: { ...TEXT, about: 'with exactly this content' },
    'content-prefix': { ...TEXT, about: 'with a content that begins so' },
    'content-suffix': { ...TEXT, about: 'with a content that ends so' },
    author: AUTHOR_FLAG,
    since: SINCE_FLAG,
    until: UNTIL_FLAG,
    limit: LIMIT_FLAG,
    id: {
      kind: 'hex', value: 'ID', range: [64, 64], fallback: 'all of them',
      about: 'the one with this content id; exit code 4 when it is not held',
    },
    format: {
      kind: 'choice', value: 'FORMAT', choices: ['text', 'gossipd'], fallback: 'text',
      about: 'text for people, or the lines of gossipd, of the topic public unless one is named',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip messages --since 10m', 'of the last ten minutes'],
    ['p2p-gossip messages --topic status --author bob --limit 5', 'some of one author'],
    ['p2p-gossip messages --format gossipd', 'as gossipc -g printed them'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const { values } = settings
    const { json, format, id, author = '', limit = Number(LIMIT_FLAG.fallback) } = values
    if (json === true && format === 'gossipd') throw usageError('give --json or --format gossipd')
    return withNode(settings, world, async node => {
      if (id !== undefined) {
        const message = await node.message(id)
        if (message === null) {
          throw new CliError(EXIT.condition, `no bulletin with id ${id} is held`)
        }
        output.print(json === true ? jsonText(message) : await messageCard(message, colours))
        return EXIT.fine
      }
      const match = given({
        topic: values.topic ?? gossipdTopic(values), topicPrefix: values['topic-prefix'],
        topicSuffix: values['topic-suffix'], content: values.content,
        contentPrefix: values['content-prefix'], contentSuffix: values['content-suffix'],
        author: values.author, since: values.since, until: values.until, limit,
      })
      const found = await advised(node, author, () => node.messages(match))
      const lines = async (views: readonly BulletinView[]): Promise<string> =>
        format === 'gossipd'
          ? gossipdLines(views, await node.peers())
          : messageTable(views, colours)
      const text = json === true ? jsonText(found) : await lines(found.messages)
      if (text !== '') output.print(text)
      if (found.more && json !== true) {
        output.complain('p2p-gossip: there are more; give a larger --limit or narrow it')
      }
      return EXIT.fine
    })
  },
})

/** What gossipd had is what is published without a topic; letters are sealed anyway. */
function gossipdTopic (values: {
  readonly format?: string, readonly 'topic-prefix'?: string, readonly 'topic-suffix'?: string,
}): string | undefined {
  const isNarrowed = values['topic-prefix'] !== undefined || values['topic-suffix'] !== undefined
  return values.format === 'gossipd' && !isNarrowed ? TOPIC_FLAG.fallback : undefined
}

export const messagesPurge = verb({
  words: ['messages', 'purge'],
  purpose: 'remove bulletins from a running node',
  operands: [],
  flags: {
    ...NARROWING,
    since: { ...SINCE_FLAG, fallback: 'however old' },
    all: {
      kind: 'switch', value: '', about: 'really all; needed when nothing narrows it',
      fallback: 'what the other flags name',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip messages purge --topic status --until 1h', 'those older than an hour'],
    ['p2p-gossip messages purge --all', 'everything held here; others keep theirs'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { topic, author, since, until, all, json } = settings.values
    const narrowed = [topic, author, since, until].some(value => value !== undefined)
    if (!narrowed && all !== true) {
      throw usageError(
        'messages purge needs --topic, --author, --since or --until; --all removes everything',
      )
    }
    if (narrowed && all === true) throw usageError('--all stands alone; leave out what narrows it')
    const asked = given({ topic, author, since, until, ...(all === true ? { all } : {}) })
    const done = await withNode(settings, world, node =>
      advised(node, author ?? '', () => node.purge(asked)))
    output.print(json === true ? jsonText(done) : `removed ${countText(done.purged, 'bulletin')}`)
    return EXIT.fine
  },
})
