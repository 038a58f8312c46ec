/** The verb `forget`: a peer that is gone for good is sought no more. */
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { advised } from '../peer-advice.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const forget = verb({
  words: ['forget'],
  purpose: 'seek a peer no more that is gone for good',
  operands: [{ name: 'PEER', about: 'the name of a contact, or a whole identity' }],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip forget alice', 'it comes back by itself when it dials'],
    ['p2p-gossip peers --verbose', 'shows the identities to choose from'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const [peer = ''] = settings.operands
    const gone = await withNode(settings, world, node =>
      advised(node, peer, () => node.forget({ peer })))
    output.print(settings.values.json === true ? jsonText(gone) : `forgot ${gone.peer}`)
    return EXIT.fine
  },
})
