/** The verb `links`: who is linked with whom. Read next: `../link-matrix.ts`, which draws it. */
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { linksText } from '../link-matrix.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const links = verb({
  words: ['links'],
  purpose: 'show who is linked with whom',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip links', 'round-trip times, and what is missing'],
    ['p2p-gossip links --json | jq -r ".rows[] | select(.free == 0) | .id"',
      'members that take no further link'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const matrix = await withNode(settings, world, node => node.links())
    output.print(settings.values.json === true
      ? jsonText(matrix)
      : await linksText(matrix.rows, colours))
    return EXIT.fine
  },
})
