/** The verb `status`: what a running node says of itself. */
import { EXIT } from '../exit-code.js'
import { sizeText } from '../flag.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { card, countText, peerCell } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const status = verb({
  words: ['status'],
  purpose: 'show how a running node is',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip status', 'the node on port 8080, or the only one'],
    ['p2p-gossip status --node 8081 --json | jq .linked', 'another one, for programs'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const told = await withNode(settings, world, node => node.status())
    if (settings.values.json === true) {
      output.print(jsonText(told))
      return EXIT.fine
    }
    const { held, bytes, quota } = told.bulletins
    output.print(await card([
      ['node', `${peerCell(told.name, told.id, null)}, version ${told.version}, pid ${told.pid}`],
      ['identity', told.id],
      ['address', `${told.address}, here port ${told.port}`],
      ['network', told.network],
      ['members', `${told.members}, this one included; linked with ${told.linked}`],
      ['bulletins', `${held}, ${sizeText(bytes)} bytes of ${sizeText(quota)}`],
      ['batches', `${told.batches.received} came over links, ` +
        `${told.batches.known} of them were here already`],
      ['topics', `${told.topics} subscribed to here`],
      ['contacts', countText(told.contacts, 'contact')],
      ['inbox', told.inboxTopic],
      ['data', told.data ?? 'in memory only'],
      ['since', told.startedAt],
    ], colours))
    return EXIT.fine
  },
})
