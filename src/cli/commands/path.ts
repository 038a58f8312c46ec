/** The verb `path`: the way that messages take to a peer, or to each. */
import type { PathView } from '../../api/schemas.js'
import { CliError, EXIT, usageError } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { advised } from '../peer-advice.js'
import { namesOf, table, tripCell } from '../table.js'
import { jsonText, quote } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const path = verb({
  words: ['path'],
  purpose: 'show the best way to a peer',
  operands: [{
    name: 'PEER', about: 'an identity, its beginning, a name or a contact', isOptional: true,
  }],
  flags: {
    all: {
      kind: 'switch', value: '', about: 'the best way to each peer', fallback: 'the one to PEER',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip path --all', 'to everyone, one on each line'],
    ['p2p-gossip path bob', 'exit code 4 when no way is known'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const { values: { all, json }, operands: [peer] } = settings
    if ((peer === undefined) !== (all === true)) throw usageError('path needs PEER, or --all')
    return withNode(settings, world, async node => {
      const found = peer === undefined
        ? await node.paths()
        : await advised(node, peer, () => node.path({ peer }))
      if (json === true) {
        output.print(jsonText(Array.isArray(found) ? { paths: found } : { path: found }))
      }
      if (found === null) {
        throw new CliError(EXIT.condition,
          `no way to ${quote(peer ?? '')} is known; p2p-gossip explain says why`)
      }
      if (json === true) return EXIT.fine
      const nameOf = namesOf(await node.peers())
      const rows = [found].flat().map(one => row(one, nameOf))
      output.print(await table(
        ['peer', 'links', 'rtt', 'by way of'], rows, 'no way to anybody is known', colours,
      ))
      return EXIT.fine
    })
  },
})

function row ({ peer, hops, rttMs, members }: PathView, nameOf: (id: string) => string): string[] {
  return [nameOf(peer), String(hops), tripCell(rttMs), members.slice(1, -1).map(nameOf).join(', ')]
}
