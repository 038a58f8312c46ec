/**
 * What `doctor` looks at: a running node is asked and dialled; where none runs, what a start would
 * meet is tried. All of it side by side, and bounded. Read next: `running.ts`, `start.ts`,
 * `files.ts`, `dialling.ts`.
 */
import type { DoctorView } from '../../api/schemas.js'
import { OPTION_LIMITS } from '../../limits.js'
import { shortIdentity, type Identity } from '../../wire/identity.js'
import { CliError, EXIT } from '../exit-code.js'
import { quotePath } from '../values.js'
import { callAt, chosen, socketFor } from '../with-node.js'
import type { World } from '../world.js'
import { ok, skipped, wrong, type Check } from './check.js'
import { plausibleClock } from './clock.js'
import { Dialler } from './dialling.js'
import { dataChecks, keyChecks } from './files.js'
import { runningChecks } from './running.js'
import type { DoctorSettings } from './settings.js'
import { startChecks } from './start.js'

/** A node that runs, one that does not answer, or none. */
type Found =
  | { readonly kind: 'running', readonly socket: string, readonly told: DoctorView }
  | { readonly kind: 'mute', readonly socket: string }
  | { readonly kind: 'none' }

/** Rejects with CliError or GossipError when a node was named that is not there. */
export async function examine (settings: DoctorSettings, world: World): Promise<Check[]> {
  const ends = AbortSignal.timeout(OPTION_LIMITS.doctorMaxMs)
  const found = await findNode(settings, world)
  const dialler = new Dialler(ends)
  switch (found.kind) {
    case 'running': {
      const { told, socket: path } = found
      const keys = await keyChecks(settings, told.data, told.id as Identity)
      const who = `${shortIdentity(told.id as Identity)} answers at ${quotePath(path)}`
      return [
        ok('node', who), ...await runningChecks(settings, told, dialler),
        ...keys.checks, ...dataChecks(told.data),
      ]
    }
    case 'mute': return [muteCheck(found.socket), plausibleClock(), ...await givenFiles(settings)]
    case 'none': {
      const keys = await keyChecks(settings, settings.values.data ?? null, null)
      return [
        skipped('node', 'none runs here under this user; this is what a start would meet'),
        ...await startChecks(settings, keys.id, dialler),
        ...keys.checks, ...dataChecks(settings.values.data ?? null),
      ]
    }
  }
}

function muteCheck (socket: string): Check {
  return wrong('node', `the node at ${quotePath(socket)} does not answer`,
    'it is stopped or far too busy: see its log, and top; start it anew')
}

/** Where nothing is known of a node that runs, nothing is said of files that were not named. */
async function givenFiles (settings: DoctorSettings): Promise<Check[]> {
  const { key, cert, data = null } = settings.values
  if (key === undefined && cert === undefined && data === null) return []
  const keys = await keyChecks(settings, data, null)
  return [...keys.checks, ...dataChecks(data)]
}

async function findNode (settings: DoctorSettings, world: World): Promise<Found> {
  const path = await socketMeant(settings, world)
  if (path === null) return { kind: 'none' }
  // The rest of the time is for what it says.
  const signal = AbortSignal.timeout(OPTION_LIMITS.doctorMaxMs / 2)
  try {
    const told = await callAt(world, path, node => node.doctor({ signal }))
    return { kind: 'running', socket: path, told }
  } catch (error) {
    if (signal.aborted) return { kind: 'mute', socket: path }
    const isGone = error instanceof CliError && error.exitCode === EXIT.noNode
    if (isGone && settings.values.node === undefined) return { kind: 'none' }
    throw error
  }
}

/** Where the node is served that these settings are about, or null. */
async function socketMeant (settings: DoctorSettings, world: World): Promise<string | null> {
  const { node, control: whether, socket: path, port: wanted = 0 } = settings.values
  if (node !== undefined) return socketFor(settings, world)
  if (whether === 'off') return null
  if (path !== undefined) return path
  const all = await (await world.api()).findSockets(world.environment)
  const fitting = wanted === 0 ? all : all.filter(each => each.port === wanted)
  return fitting.length === 0 ? null : chosen(fitting, undefined)
}
