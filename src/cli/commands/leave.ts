/** The verb `leave`: a running node leaves the network in order and ends. */
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const leave = verb({
  words: ['leave'],
  purpose: 'make a running node leave its network and end',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip leave', 'as Ctrl-C would'],
    ['p2p-gossip leave --node 8081', 'another one'],
  ],
  act: async (settings, world) => {
    await withNode(settings, world, node => node.leave())
    const { json } = settings.values
    world.output.print(json === true ? jsonText({ isLeaving: true }) : 'it leaves')
    return EXIT.fine
  },
})
