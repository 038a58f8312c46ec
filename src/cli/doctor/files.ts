/**
 * The key, its certificate and the data directory: are they there, do they belong together, and who
 * may read them? Nothing is changed. Read next: `examine.ts`.
 */
import { accessSync, constants, existsSync, statSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { shortIdentity, type Identity } from '../../wire/identity.js'
import { CERT_FILE, KEY_FILE } from '../commands/keygen.js'
import { readTextFile, reasonOf } from '../config-file.js'
import { withOrigin } from '../origin.js'
import { quotePath } from '../values.js'
import { ok, skipped, warning, wrong, type Check } from './check.js'
import type { DoctorSettings } from './settings.js'

export interface Keys {
  readonly checks: readonly Check[]
  /** Whose key it is; null when there is none yet, or none that can be used. */
  readonly id: Identity | null
}

/** `running`: the identity of the node that runs, or null. */
export async function keyChecks (
  settings: DoctorSettings, data: string | null, running: Identity | null,
): Promise<Keys> {
  const { values: { key, cert }, origins } = settings
  const own = await ownKey(settings, data, running)
  const id = running ?? own.id
  const { isSampleIdentity } = await import('../../index.js')
  const sample = id !== null && isSampleIdentity(id)
    ? [wrong('key', `${shortIdentity(id)} is one of the sample keys, which everybody has`,
        'make a key of your own: p2p-gossip keygen --out DIR')]
    : []
  const certificate = cert === undefined
    ? []
    : [await certCheck(settings, { cert, key, origin: origins.get('cert') ?? '--cert' })]
  return { id, checks: [...own.checks, ...sample, ...certificate] }
}

/** The key that is given, else the one that is kept, else none. */
async function ownKey (
  settings: DoctorSettings, data: string | null, running: Identity | null,
): Promise<Keys> {
  const { values: { key }, origins } = settings
  const path = key ?? (data === null ? null : join(data, KEY_FILE))
  if (path === null) {
    if (running !== null) return MADE
    return { id: null, checks: [ok('key', 'a fresh one at each start')] }
  }
  const isKept = key === undefined
  if (isKept && !existsSync(path)) {
    if (running !== null) return MADE
    const certPath = join(data ?? '', CERT_FILE)
    if (!existsSync(certPath)) {
      return { id: null, checks: [ok('key', 'a fresh one, kept in the data directory')] }
    }
    const what = `${quotePath(path)} is missing but its certificate is there`
    const advice = 'restore the key; or remove the certificate to begin with a new identity'
    return { id: null, checks: [wrong('key', what, advice)] }
  }
  const origin = origins.get(isKept ? 'data' : 'key') ?? '--key'
  const read = await identityIn(settings, path, null, origin)
  if (read.id === null) return { id: null, checks: [wrong('key', read.why, KEY_ADVICE)] }
  const isOther = running !== null && read.id !== running
  if (isKept && isOther) return MADE
  const checks = [privateCheck(path, read.id)]
  if (isOther) {
    const what = `the node that runs is ${shortIdentity(running)} and has another key`
    checks.push(warning('key', what, 'start it anew to use this one'))
  }
  return { id: read.id, checks }
}

/** The node has a key that this verb was not told of. */
const MADE: Keys = {
  id: null,
  checks: [skipped('key', 'the node made its key or was given one: give --key to look at it')],
}
const KEY_ADVICE = 'give a private key in PEM; p2p-gossip keygen makes one'

function privateCheck (path: string, id: Identity): Check {
  const mode = modeOf(statSync(path))
  if ((mode & 0o077) === 0) {
    return ok('key', `${quotePath(path)} is ${shortIdentity(id)}, for this user alone`)
  }
  return wrong('key', `others of this machine may use ${quotePath(path)} (mode ${octal(mode)})`,
    `whoever reads it can pretend to be this node: chmod 600 ${quotePath(path)}`)
}

async function certCheck (
  settings: DoctorSettings,
  { cert, key, origin }: { readonly cert: string, readonly key: string | undefined,
    readonly origin: string },
): Promise<Check> {
  if (key === undefined) {
    return wrong('certificate', `${origin} is given without its key`, 'give --key too, or neither')
  }
  const read = await identityIn(settings, key, cert, origin)
  return read.id === null
    ? wrong('certificate', read.why, 'leave --cert out: one is made from the key')
    : ok('certificate', `${quotePath(cert)} belongs to the key`)
}

async function identityIn (
  settings: DoctorSettings, key: string, cert: string | null, origin: string,
): Promise<{ readonly id: Identity } | { readonly id: null, readonly why: string }> {
  const { readIdentity } = await import('../../index.js')
  try {
    const pem = cert === null ? null : readTextFile(cert, origin)
    return { id: readIdentity({ key: readTextFile(key, origin), cert: pem }).id }
  } catch (error) {
    const named = withOrigin(error, settings)
    return { id: null, why: named instanceof Error ? named.message : String(named) }
  }
}

/** The directory of `--data`, or null for none. */
export function dataChecks (data: string | null): Check[] {
  if (data === null) return [ok('data', 'nothing touches the disk')]
  const path = resolve(data)
  const stats = statOf(path)
  if (stats === null) return [makeableCheck(path)]
  if (!stats.isDirectory()) {
    return [wrong('data', `${quotePath(path)} is no directory`, 'give another path')]
  }
  const why = whyNotWritable(path)
  if (why !== null) {
    return [wrong('data', `${quotePath(path)} cannot be written: ${why}`,
      'make it readable and writable for this user, or give another one')]
  }
  const open = [path, join(path, 'store'), join(path, 'bulletins')].flatMap(each =>
    openCheck(each, statOf(each)))
  return open.length > 0 ? open : [ok('data', `${quotePath(path)}, for this user alone`)]
}

/** A directory that others may look into, or worse. */
function openCheck (path: string, stats: Stats | null): Check[] {
  const mode = stats === null ? 0 : modeOf(stats)
  const advice = `chmod 700 ${quotePath(path)}`
  const shown = `${quotePath(path)} (mode ${octal(mode)})`
  if ((mode & 0o022) !== 0) {
    return [wrong('data', `others of this machine may write to ${shown}`, advice)]
  }
  return (mode & 0o077) === 0
    ? []
    : [warning('data', `others of this machine may look into ${shown}`, advice)]
}

/** The nearest directory above that is there decides. */
function makeableCheck (path: string): Check {
  let above = dirname(path)
  while (statOf(above) === null && dirname(above) !== above) above = dirname(above)
  const why = statOf(above)?.isDirectory() === true ? whyNotWritable(above) : 'it is no directory'
  return why === null
    ? ok('data', `${quotePath(path)} will be made`)
    : wrong('data', `${quotePath(path)} cannot be made: ${quotePath(above)}: ${why}`,
      'give another path, or let this user write there')
}

function whyNotWritable (path: string): string | null {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    return reasonOf(error)
  }
}

/** Null where there is nothing that can be looked at. */
function statOf (path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

function modeOf ({ mode }: Stats): number {
  return mode & 0o777
}

function octal (mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
