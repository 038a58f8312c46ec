/** The verb `openapi`: the description of the control API, for which no node is needed. */
import { EXIT } from '../exit-code.js'
import { verb } from '../verb.js'

export const openapi = verb({
  words: ['openapi'],
  purpose: 'print the description of the control API (OpenAPI 3.1, JSON)',
  operands: [],
  flags: {},
  isOfNode: false,
  examples: [['p2p-gossip openapi > openapi.json', 'for generators of clients']],
  act: async (_settings, { output, api }) => {
    const room = await api()
    output.print(JSON.stringify(await room.openApiDocument(), null, 2))
    return EXIT.fine
  },
})
