/** The verb `wait`: until so many members are linked; for scripts. */
import { API_LIMITS, OPTION_LIMITS } from '../../limits.js'
import { CliError, EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { countText } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { whileWaiting } from '../waiting.js'
import { withNode } from '../with-node.js'

const TIMEOUT_SECONDS = 30

export const wait = verb({
  words: ['wait'],
  purpose: 'wait until so many members are linked',
  operands: [],
  flags: {
    members: {
      kind: 'whole', value: 'COUNT', range: [1, OPTION_LIMITS.membersMost], isNeeded: true,
      about: 'how many, the node itself included', fallback: '',
    },
    timeout: {
      kind: 'seconds', value: 'SECONDS', range: [0, API_LIMITS.timeoutMaxMs / 1_000],
      about: 'how long at most; 0 only looks', fallback: String(TIMEOUT_SECONDS),
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip wait --members 2', 'until one peer is linked'],
    ['p2p-gossip wait --members 5 --timeout 0 || echo "somebody is missing"', 'a check'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { members = 1, timeout = TIMEOUT_SECONDS, json } = settings.values
    const asked = { members, timeoutMs: Math.round(timeout * 1_000) }
    const found = await withNode(settings, world, node => whileWaiting(
      output, `for ${countText(members, 'member')}`, () => node.wait(asked)))
    if (json === true) output.print(jsonText(found))
    if (!found.isMet) {
      throw new CliError(EXIT.condition,
        `${found.members} of ${countText(members, 'member')} after ${timeout} s; ` +
        'see p2p-gossip peers')
    }
    if (json !== true) output.print(countText(found.members, 'member'))
    return EXIT.fine
  },
})
