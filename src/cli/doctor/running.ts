/**
 * A node that runs: what it says of itself, and whether it answers where it says it does.
 * Read next: `clock.ts`, `dialling.ts`; `start.ts` for one that does not run.
 */
import type { DoctorView } from '../../api/schemas.js'
import { OPTION_LIMITS, PULSE_LIMITS } from '../../limits.js'
import { parseAddress, parseTarget } from '../../wire/address.js'
import { shortIdentity, type Identity } from '../../wire/identity.js'
import { listText, ok, skipped, warning, wrong, type Check } from './check.js'
import { comparedClock } from './clock.js'
import type { Dialler } from './dialling.js'
import type { DoctorSettings } from './settings.js'
import { connectCheck } from './start.js'

type Connect = DoctorView['connect'][number]

/** Told by checks of their own. */
const TOLD_ELSEWHERE = new Set(['sample-key', 'clock-skew'])
/** After these nothing is as it should be until somebody does something. */
const GRAVE = new Set(['replaced', 'store-failed'])

export async function runningChecks (
  settings: DoctorSettings, told: DoctorView, dialler: Dialler,
): Promise<Check[]> {
  const [addresses, connects] = await Promise.all([
    addressChecks(told, dialler), connectChecks(settings, told, dialler),
  ])
  return [
    ok('port', `it listens on port ${told.port}`), ...addresses, ...connects,
    comparedClock(told.clock), loopCheck(told.loop), ...warningChecks(told.warnings),
  ]
}

/** Does it answer where others are told to dial it? */
async function addressChecks (
  { id, addresses }: DoctorView, dialler: Dialler,
): Promise<Check[]> {
  const asked = addresses.map(async address => ({ address, answer: await dialler.dial(address) }))
  const right: string[] = []
  const checks: Check[] = []
  for (const { address, answer } of await Promise.all(asked)) {
    if (answer.kind === 'answered' && answer.peer === id) right.push(address)
    else if (answer.kind === 'answered') {
      const what = `${address} is advertised, and ${shortIdentity(answer.peer)} answers there`
      checks.push(wrong('advertise', what, 'give --advertise the address of this node'))
    } else if (answer.kind === 'late') {
      checks.push(skipped('advertise', `no time was left to dial ${address}`))
    } else {
      const what = `${address} is advertised and cannot be reached from here: ${answer.why}`
      const advice = 'others may reach it all the same where a router does not lead back in; ' +
        'try it from another machine, look at firewalls and port mappings'
      checks.push(warning('advertise', what, advice))
    }
  }
  return right.length === 0 ? checks : [ok('advertise', reachedText(right)), ...checks]
}

function reachedText (addresses: readonly string[]): string {
  const isLocal = addresses.every(address => {
    const { host = '' } = parseAddress(address) ?? {}
    return host === 'localhost' || host === '::1' || host.startsWith('127.')
  })
  return `it answers at ${listText(addresses)}${isLocal ? ', for this machine alone' : ''}`
}

/** Those that the node knows, and those given here that it does not. */
async function connectChecks (
  { values }: DoctorSettings, told: DoctorView, dialler: Dialler,
): Promise<Check[]> {
  const linked = told.connect.filter(({ peer }) => peer !== null).map(({ address }) => address)
  const known = new Set(told.connect.map(({ address }) => address))
  const others = (values.connect ?? []).flatMap(text => {
    const target = parseTarget(text)
    return target === null || known.has(target.address) ? [] : [target]
  })
  const checks = await Promise.all([
    ...told.connect.filter(({ peer }) => peer === null)
      .map(row => unlinkedCheck(row, told, dialler)),
    ...others.map(target => connectCheck(target, told.id as Identity, dialler)),
  ])
  if (linked.length > 0) return [ok('connect', `linked through ${listText(linked)}`), ...checks]
  return checks.length > 0 ? checks : [ok('connect', 'no address to join through was given')]
}

async function unlinkedCheck (
  row: Connect, { id, clock }: DoctorView, dialler: Dialler,
): Promise<Check> {
  const { address, identity, failures, lastError } = row
  const found = await connectCheck(
    { address, identity: identity as Identity | null }, id as Identity, dialler)
  const answer = await dialler.dial(address)
  if (found.state !== 'ok' || answer.kind !== 'answered' || answer.peer === id) return found
  const why = lastError === null ? 'it is being dialled' : lastError
  const what = `${found.what}, and there is no link with it: ${why}`
  const advice = 'it is dialled again within half a minute; the log of the node says more'
  return failures > 0 && clock.peers === 0
    ? wrong('connect', what, advice)
    : warning('connect', what, advice)
}

function loopCheck ({ lagMs, busyShare }: DoctorView['loop']): Check {
  const what = `what was due came up to ${Math.round(lagMs)} ms late within half a second, ` +
    `${Math.round(100 * busyShare)} % of it at work`
  if (lagMs < PULSE_LIMITS.lateTickMs) return ok('event-loop', what)
  const advice = 'the machine is too busy (see top), or code in this process does not let go: ' +
    'give it more of the machine, or fewer links'
  return lagMs < PULSE_LIMITS.heartbeatEveryMs
    ? warning('event-loop', what, advice)
    : wrong('event-loop', what, advice)
}

function warningChecks (rows: DoctorView['warnings']): Check[] {
  const told = rows.filter(({ code }) => !TOLD_ELSEWHERE.has(code))
  if (told.length === 0) return [ok('warnings', 'none in this run')]
  return told.map(({ code, message, count, at }) => {
    const often = count === 1 ? '' : `, ${count} times`
    const short = message.slice(0, OPTION_LIMITS.textColumnsMax - 100)
    const what = `${short} (${code}${often}, last at ${at.slice(0, 19)} UTC)`
    const advice = `docs/errors.md says what to do about ${code}`
    return GRAVE.has(code) ? wrong('warnings', what, advice) : warning('warnings', what, advice)
  })
}
