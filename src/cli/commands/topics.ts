/** The verb `topics`: what is subscribed to and what is held. */
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { table, topicCell } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const topics = verb({
  words: ['topics'],
  purpose: 'list the topics that are subscribed to or held',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip topics', 'with how many peers subscribe and how many bulletins are held'],
    ['p2p-gossip topics --json | jq -r ".topics[].topic"', 'their ids'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const rows = await withNode(settings, world, node => node.topics())
    output.print(settings.values.json === true
      ? jsonText({ topics: rows })
      : await table(['topic', 'here', 'peers', 'held'], rows.map(row => [
        topicCell(row.topic, row.text), row.isSubscribed ? 'subscribed' : '', String(row.peers),
        String(row.held),
      ]), 'no topic is known yet', colours))
    return EXIT.fine
  },
})
