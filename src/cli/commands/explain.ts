/** The verb `explain`: a peer in sentences. Read next: `../explain-words.ts`, which writes them. */
import { EXIT } from '../exit-code.js'
import { explainWords } from '../explain-words.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { advised } from '../peer-advice.js'
import { namesOf } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const explain = verb({
  words: ['explain'],
  purpose: 'say what is known of a peer, and why it has no link',
  operands: [{ name: 'PEER', about: 'an identity, its beginning, a name or a contact' }],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip explain bob', 'who sees bob, what failed, what to try'],
    ['p2p-gossip explain bob --json | jq .seek.lastError', 'for programs'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const [peer = ''] = settings.operands
    return withNode(settings, world, async node => {
      const told = await advised(node, peer, () => node.explain({ peer }))
      output.print(settings.values.json === true
        ? jsonText(told)
        : explainWords(told, namesOf(await node.peers()), Date.now()).join('\n'))
      return EXIT.fine
    })
  },
})
