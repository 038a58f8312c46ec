/**
 * The verb `doctor`: what is wrong with a running node, or what a start would meet. Read next:
 * `../doctor/examine.ts`, which says what is looked at.
 */
import { DOCTOR_FLAGS } from '../doctor/settings.js'
import { CliError, EXIT } from '../exit-code.js'
import { jsonText } from '../values.js'
import { verb } from '../verb.js'
import { whileWaiting } from '../waiting.js'

export const doctor = verb({
  words: ['doctor'],
  purpose: 'find out what is wrong with a node, or what a start would meet',
  operands: [],
  flags: DOCTOR_FLAGS,
  isOfNode: true,
  examples: [
    ['p2p-gossip doctor', 'the running node, or a start with the defaults'],
    ['p2p-gossip doctor --config node.json', 'with the settings of a run'],
    ['p2p-gossip doctor --connect 10.0.0.5:8080 --json | jq .isFine', 'for programs'],
  ],
  act: async (settings, world) => {
    const { output, colours } = world
    const { examine } = await import('../doctor/examine.js')
    const { reportOf } = await import('../doctor/report.js')
    const checks = await whileWaiting(output, 'for answers', () => examine(settings, world))
    const wrong = checks.filter(({ state }) => state === 'wrong').map(({ check }) => check)
    output.print(settings.values.json === true
      ? jsonText({ checks, isFine: wrong.length === 0 })
      : reportOf(checks, colours))
    if (wrong.length > 0) {
      throw new CliError(EXIT.condition, `something is wrong: ${[...new Set(wrong)].join(', ')}`)
    }
    return EXIT.fine
  },
})
