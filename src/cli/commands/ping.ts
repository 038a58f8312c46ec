/** The verb `ping`: whether a peer answers, and how fast. */
import { scheduler } from 'node:timers/promises'
import { API_LIMITS, OPTION_LIMITS } from '../../limits.js'
import { given, milliseconds } from '../client-flags.js'
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { advised } from '../peer-advice.js'
import { addressCell, namesOf, peerCell, tripCell } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

/** As the ping of an operating system. */
const PAUSE_MS = 1_000

export const ping = verb({
  words: ['ping'],
  purpose: 'ask whether a peer answers, and how fast',
  operands: [{ name: 'PEER', about: 'an identity, its beginning, a name or a contact' }],
  flags: {
    count: {
      kind: 'whole', value: 'COUNT', range: [1, OPTION_LIMITS.pingsMax],
      about: 'so many times, a second apart', fallback: '1',
    },
    timeout: {
      kind: 'seconds', value: 'SECONDS', range: [0.001, API_LIMITS.timeoutMaxMs / 1_000],
      about: 'how long to wait for each answer', fallback: 'that of the node',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip ping bob', 'a name will do where only one peer has it'],
    ['p2p-gossip ping q3zk5c7yxn --count 10', 'the beginning of an identity'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { values: { count = 1, timeout, json }, operands: [peer = ''] } = settings
    const interrupted = world.interrupted()
    return withNode(settings, world, async node => {
      for (let sent = 0; sent < count; sent++) {
        if (sent > 0) await pause(interrupted)
        if (interrupted.aborted) return EXIT.fine
        const asked = given({ peer, timeoutMs: milliseconds(timeout) })
        const answer = await advised(node, peer, () => node.ping(asked))
        const { via } = answer
        const relay = json === true || via === null ? null : namesOf(await node.peers())(via)
        output.print(json === true
          ? jsonText(answer)
          : [
              peerCell(answer.name, answer.peer, null), addressCell(answer.address),
              tripCell(answer.rttMs), ...(relay === null ? [] : [`via ${relay}`]),
            ].join('  '))
      }
      return EXIT.fine
    })
  },
})

async function pause (signal: AbortSignal): Promise<void> {
  try {
    await scheduler.wait(PAUSE_MS, { signal })
  } catch {
    // Interrupted: the caller looks.
  }
}
