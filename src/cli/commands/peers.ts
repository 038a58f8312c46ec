/** The verb `peers`: everyone that a running node knows. */
import type { Peer } from '../../api/schemas.js'
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { addressCell, namesOf, peerCell, table, tripCell } from '../table.js'
import { lengthText } from '../time.js'
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
    const nameOf = namesOf(found)
    const nowMs = Date.now()
    const rows = found.map(peer => [
      peerCell(peer.name, peer.id, peer.contact), statusCell(peer, nameOf, nowMs),
      addressCell(peer.address), tripCell(peer.rttMs),
      ...(verbose === true
        ? [peer.id, peer.topics.map(topic => `${topic.slice(0, 10)}…`).join(' ')]
        : []),
    ])
    output.print(await table(
      verbose === true ? [...head, 'identity', 'topics'] : head, rows,
      'nobody else is known yet', colours,
    ))
    return EXIT.fine
  },
})

/** `linked`, `lost 3 min`, `via bob~q3zk5c7yxn +2, 3 min`. */
function statusCell (
  { status, sinceMs, seenBy }: Peer, nameOf: (id: string) => string, nowMs: number,
): string {
  if (status === 'linked') return status
  const since = lengthText(nowMs - sinceMs)
  const [first, ...others] = seenBy
  if (status !== 'via' || first === undefined) return `${status} ${since}`
  const more = others.length === 0 ? '' : ` +${others.length}`
  return `via ${nameOf(first)}${more}, ${since}`
}
