/** The verb `openapi`: the description of the control API, for which no node is needed. */
import { readFileSync } from 'node:fs'
import { CliError, EXIT } from '../exit-code.js'
import { verb } from '../verb.js'

/** Made from the schemas of `src/api`, and compared with them by a test. */
const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url)

export const openapi = verb({
  words: ['openapi'],
  purpose: 'print the description of the control API (OpenAPI 3.1, JSON)',
  operands: [],
  flags: {},
  isOfNode: false,
  examples: [['p2p-gossip openapi > openapi.json', 'for generators of clients']],
  act: (_settings, { output }) => {
    output.print(documentAt(DOCUMENT))
    return EXIT.fine
  },
})

/** Throws CliError when this copy of the program has none. */
export function documentAt (url: URL): string {
  try {
    return readFileSync(url, 'utf8').trimEnd()
  } catch (error) {
    throw new CliError(EXIT.failed, 'this copy of the program lacks docs/openapi.json', error)
  }
}
