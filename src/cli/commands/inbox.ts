/** The verbs `inbox` and `inbox change`: private messages, and another place to get them. */
import { LIMIT_FLAG, SINCE_FLAG, given } from '../client-flags.js'
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { contentCell, countText, peerCell, table } from '../table.js'
import { localText } from '../time.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const inbox = verb({
  words: ['inbox'],
  purpose: 'list the private messages to a running node',
  operands: [],
  flags: { since: SINCE_FLAG, limit: LIMIT_FLAG, node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip inbox', 'oldest first'],
    ['p2p-gossip inbox --since 1d --json | jq -r ".messages[].text"', 'for programs'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const { since, limit, json } = settings.values
    const found = await withNode(settings, world, node => node.inbox(given({ since, limit })))
    output.print(json === true
      ? jsonText(found)
      : await table(['time', 'from', 'content'], found.messages.map(message => [
        localText(message.timestamp), peerCell(message.name, message.from, message.contact),
        contentCell(message),
      ]), 'no private message is held', colours))
    return EXIT.fine
  },
})

export const inboxChange = verb({
  words: ['inbox', 'change'],
  purpose: 'move the inbox, and tell the contacts; whoever else knew it loses it',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip inbox change', 'against unwanted messages'],
    ['p2p-gossip inbox change --json | jq -r .topic', 'the new topic'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { topic, contacts } = await withNode(settings, world, node => node.changeInbox())
    output.print(settings.values.json === true
      ? jsonText({ topic, contacts })
      : `the inbox is now ${topic}; ${countText(contacts, 'contact')} will know`)
    return EXIT.fine
  },
})
