/** Errors of the library in the words of the operator: which flag, variable or key it was. */
import { GossipError } from '../errors.js'
import type { FlagName } from './flags.js'
import type { Settings } from './verb.js'

/** Flags whose names differ from the option's. */
const FLAG_OF_OPTION: Record<string, FlagName> = {
  periodMs: 'period', rejoinMs: 'rejoin', keyType: 'key-type',
  maxLinks: 'max-links', maxMembers: 'max-members', retainMs: 'retain', maxContent: 'max-content',
}

/** Says which flag, variable or file key an error of `createNode` is about. */
export function withOrigin (error: unknown, { origins }: Pick<Settings, 'origins'>): unknown {
  if (!(error instanceof GossipError)) return error
  const [, option = '', rest = ''] = /^option (\w+) (.*)$/s.exec(error.message) ?? []
  if (option !== '') {
    const flag = FLAG_OF_OPTION[option] ?? option as FlagName
    const what = rest.replace('maxLinks', '--max-links')
    return new GossipError(error.code, `${origins.get(flag) ?? `--${flag}`} ${what}`, error)
  }
  const flag = aboutFlag(error.code)
  const origin = flag === null ? undefined : origins.get(flag)
  return origin === undefined
    ? error
    : new GossipError(error.code, `${origin}: ${error.message}`, error)
}

function aboutFlag (code: GossipError['code']): FlagName | null {
  switch (code) {
    case 'key-unreadable':
    case 'key-unsupported': return 'key'
    case 'key-mismatch':
    case 'certificate-unreadable':
    case 'certificate-without-key': return 'cert'
    case 'address-in-use': return 'port'
    case 'address-unavailable': return 'host'
    case 'schedule-invalid': return 'schedule'
    case 'data-in-use':
    case 'data-unusable': return 'data'
    default: return null
  }
}
