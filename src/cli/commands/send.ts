/** The verb `send`: a private message, which only its recipient can read. */
import { API_LIMITS } from '../../limits.js'
import { FILE_FLAG, TIMEOUT_FLAG, WAIT_FLAG, given, milliseconds } from '../client-flags.js'
import { contentOf } from '../content.js'
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { advised } from '../peer-advice.js'
import { peerCell } from '../table.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { whileWaiting } from '../waiting.js'
import { withNode } from '../with-node.js'
import { linkedText, stored, storedText, waitingFor } from './publish.js'

export const send = verb({
  words: ['send'],
  purpose: 'send a private message, which only its recipient can read',
  operands: [{ name: 'TEXT', about: 'the content; else --file, else stdin', isOptional: true }],
  flags: {
    to: {
      kind: 'text', value: 'PEER', range: [1, API_LIMITS.peerTextCharsMax], isNeeded: true,
      about: 'the name of a contact, or a whole identity', fallback: '',
    },
    file: FILE_FLAG,
    wait: WAIT_FLAG,
    timeout: TIMEOUT_FLAG,
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip send --to alice "only for you"', 'to a contact'],
    ['p2p-gossip send --to alice --file photo.jpg --wait 1', 'a file, and somebody keeps it'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { values: { to = '', file, wait, timeout, json }, operands } = settings
    const content = await contentOf(operands[0], file, world)
    const asked = given({ to, ...content, wait, timeoutMs: milliseconds(timeout) })
    const sent = await withNode(settings, world, node => whileWaiting(output, waitingFor(wait),
      () => advised(node, to, () => stored(node, () => node.send(asked)))))
    output.print(json === true ? jsonText(sent) : [
      `sent to ${peerCell('', sent.to, sent.contact)}, ${linkedText(sent.linked)}`,
      ...(wait === undefined || wait === 0 ? [] : [storedText(sent.storedBy)]),
    ].join(', '))
    return EXIT.fine
  },
})
