/**
 * Bulletins of the topics that the operator named, as lines. Read next: `print.ts`, which words
 * them, and `topics.ts`.
 */
import { readSource, type Bulletin, type Gap, type Log, type Node } from '../index.js'
import { gapText, type BulletinLine, type GapWarning, type Told } from './print.js'
import type { NamedTopic } from './topics.js'

export interface SubscriberOptions {
  readonly topics: readonly NamedTopic[]
  /** Id of the topic whose own bulletins are not told: who typed them knows them. */
  readonly chat: string | null
}

/** Resolves when the node has ended. Never rejects. */
export async function tellBulletins (
  { node, log, tell }: { node: Node, log: Log, tell: (told: Told) => void },
  { topics, chat }: SubscriberOptions,
): Promise<void> {
  const onGap = (gap: Gap): void => { tell({ at: now(), ...gapWarning(gap, node) }) }
  await Promise.all(topics.map(async (named, index) => {
    const { id, topic, text } = named
    // Every subscription is told of every gap: one of them is enough.
    const subscription = node.subscribe(topic, index === 0 ? { onGap } : {})
    for await (const bulletin of subscription) {
      if (id === chat && bulletin.author === node.id) continue
      tell({ at: now(), ...bulletinLine(bulletin, named) })
    }
    const { failure } = subscription
    if (failure === null) return
    const why = failure instanceof Error ? failure.message : 'it does not say why'
    const message = `no more bulletins of ${text ?? id} are shown, the store fails: ${why}`
    log({ level: 'error', area: 'cli', message })
  }))
}

/** The object of `--json`, less `at`. */
export function bulletinLine (
  bulletin: Bulletin, { text: topicText }: NamedTopic,
): BulletinLine {
  const { topic, author, name, incarnation, seq, timestamp, contentId, text, content } = bulletin
  return {
    kind: 'bulletin',
    topic,
    ...(topicText === null ? {} : { topicText }),
    author, name, incarnation, seq, timestamp, contentId,
    ...(text === null ? { data: Buffer.from(content).toString('base64') } : saidIn(text)),
    ...(bulletin.late ? { late: true } : {}),
  }
}

/** The text, and for whom it claims to speak. */
function saidIn (content: string): Pick<BulletinLine, 'source' | 'text'> {
  const { source, text } = readSource(content)
  return source === null ? { text } : { source, text }
}

function gapWarning ({ author, incarnation, first, last }: Gap, node: Node): GapWarning {
  const name = node.peers().find(({ id }) => id === author)?.name ?? ''
  const message = gapText(name, author, first, last)
  return { kind: 'warning', code: 'gap', message, author, incarnation, first, last }
}

function now (): string {
  return new Date().toISOString()
}
