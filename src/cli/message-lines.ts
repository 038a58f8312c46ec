/** Bulletins that are held, as a table, one by one, or as gossipd printed them. */
import type { BulletinView, Peer } from '../api/schemas.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { stripControl } from '../wire/text.js'
import { sourceText, type Colours } from './print.js'
import { card, contentCell, peerCell, table, topicCell } from './table.js'
import { localText, utcText } from './time.js'

export async function messageTable (
  messages: readonly BulletinView[], colours: Colours,
): Promise<string> {
  return table(['time', 'author', 'topic', 'content'], messages.map(message => [
    localText(message.timestamp), authorCell(message), topicCell(message.topic, message.topicText),
    contentCell(message),
  ]), 'nothing of that is held', colours)
}

/** One of them, whole. */
export async function messageCard (message: BulletinView, colours: Colours): Promise<string> {
  const { author, contentId, topic, topicText, incarnation, seq, timestamp, text } = message
  const head = await card([
    ['content id', contentId],
    ['author', `${authorCell(message)}, ${author}`],
    ['place', `${seq} of run ${incarnation}`],
    ['topic', topicText === undefined ? topic : `${topicText}, ${topic}`],
    ['time', localText(timestamp)],
  ], colours)
  // Its lines stay lines here.
  const body = text?.split(/\r?\n/).map(stripControl).join('\n') ?? contentCell(message)
  return `${head}\n\n${body}`
}

/**
 * `2017-06-26 14:18:55|delivered_by:node1|sender:alice|text`, UTC, oldest first as they come. A
 * name or text escapes `|`, `\` and line ends with a backslash; '' when there is none.
 */
export function gossipdLines (messages: readonly BulletinView[], peers: readonly Peer[]): string {
  const names = new Map(peers.map(({ id, name, contact }) => [id, contact ?? name]))
  const nameOf = (id: string, name = ''): string =>
    escaped(names.get(id) || name || shortIdentity(id as Identity))
  return messages.map(({ author, name, source, timestamp, deliveredBy, text, data = '' }) => {
    const by = deliveredBy === undefined
      ? 'unknown'
      : deliveredBy === null ? 'self' : nameOf(deliveredBy)
    const sender = source === undefined
      ? escaped(name) || shortIdentity(author as Identity)
      : escaped(source)
    const content = text === undefined ? `base64:${data}` : escaped(text)
    return `${utcText(timestamp)}|delivered_by:${by}|sender:${sender}|${content}`
  }).join('\n')
}

function escaped (text: string): string {
  const kept = text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
  return stripControl(kept)
}

function authorCell ({ name, author, source }: BulletinView): string {
  return `${peerCell(name, author, null)}${sourceText(source)}`
}
