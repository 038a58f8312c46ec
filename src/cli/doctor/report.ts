/** What `doctor` prints for people: a line for each check, and what to do below it. A leaf. */
import { OPTION_LIMITS } from '../../limits.js'
import { stripControl } from '../../wire/text.js'
import type { Colours } from '../print.js'
import type { Check, CheckState } from './check.js'

const STATE_COLUMNS = 'warning'.length

export function reportOf (checks: readonly Check[], colours: Colours): string {
  const width = Math.max(0, ...checks.map(({ check }) => check.length))
  const indent = ' '.repeat(STATE_COLUMNS + width + 4)
  return checks.flatMap(({ check, state, what, advice }) => [
    `${coloured(state, colours)}  ${check.padEnd(width)}  ${line(what)}`,
    ...(advice === null ? [] : [`${indent}${colours.dim(line(advice))}`]),
  ]).join('\n')
}

function coloured (state: CheckState, { green, yellow, red, dim }: Colours): string {
  const word = state.padEnd(STATE_COLUMNS)
  switch (state) {
    case 'ok': return green(word)
    case 'warning': return yellow(word)
    case 'wrong': return red(word)
    case 'skipped': return dim(word)
  }
}

/** Texts may be of peers, and of files. */
function line (text: string): string {
  return stripControl(text.replace(/\s+/g, ' ')).slice(0, OPTION_LIMITS.textColumnsMax)
}
