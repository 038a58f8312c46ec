/** The verb `run`: a node in the foreground. Read next: `../run-node.ts`, which runs it. */
import { FLAGS } from '../flags.js'
import { verb } from '../verb.js'

export const run = verb({
  words: ['run'],
  purpose: 'run a node; the verb when none is given',
  operands: [],
  flags: FLAGS,
  isOfNode: true,
  examples: [
    ['p2p-gossip', 'the first node, on port 8080'],
    ['p2p-gossip --period 3 --port 8081 --connect 127.0.0.1:8080', 'a second one beside it'],
    ['p2p-gossip --connect 10.0.0.5:8080 --data ~/.p2p-gossip', 'come back after a restart'],
    ['p2p-gossip --connect 10.0.0.5:8080 --chat room', 'talk with whoever does the same'],
    ['p2p-gossip --json | jq -r "select(.kind == \\"ping\\") | .text"', 'for programs'],
  ],
  act: async (settings, world) => {
    const { runNode } = await import('../run-node.js')
    return runNode(settings, world)
  },
})
