/** The verb `peers`: everyone that a running node knows. */
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { addressCell, peerCell, table } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const peers = verb({
  words: ['peers'],
  purpose: 'list everyone that a running node knows',
  operands: [],
  flags: {
    verbose: {
      kind: 'switch', value: '', about: 'whole identities, and the topics they subscribe to',
      fallback: 'short identities',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip peers', 'names, addresses, round-trip times'],
    ['p2p-gossip peers --json | jq -r ".peers[] | select(.status == \\"linked\\") | .id"',
      'identities of those that are linked'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const { json, verbose } = settings.values
    const found = await withNode(settings, world, node => node.peers())
    if (json === true) {
      output.print(jsonText({ peers: found }))
      return EXIT.fine
    }
    const head = ['peer', 'status', 'address', 'rtt']
    const rows = found.map(({ id, name, contact, address, status, rttMs, topics }) => [
      peerCell(name, id, contact), status, addressCell(address),
      rttMs === null ? '' : `${rttMs.toFixed(1)} ms`,
      ...(verbose === true ? [id, topics.map(topic => `${topic.slice(0, 10)}…`).join(' ')] : []),
    ])
    output.print(await table(
      verbose === true ? [...head, 'identity', 'topics'] : head, rows,
      'nobody else is known yet', colours,
    ))
    return EXIT.fine
  },
})
