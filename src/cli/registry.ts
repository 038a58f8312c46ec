/**
 * All verbs, in the order of help and docs/cli.md. Read next: `commands/run.ts`, the verb that
 * matters, and `commands/publish.ts`, one that talks to a running node.
 */
import { completion } from './commands/completion.js'
import { contactsAdd, contactsList, contactsRemove, contactsSetKey } from './commands/contacts.js'
import { doctor } from './commands/doctor.js'
import { explain } from './commands/explain.js'
import { exportVerb } from './commands/export.js'
import { forget } from './commands/forget.js'
import { id } from './commands/id.js'
import { importVerb } from './commands/import.js'
import { inbox, inboxChange } from './commands/inbox.js'
import { keygen } from './commands/keygen.js'
import { leave } from './commands/leave.js'
import { links } from './commands/links.js'
import { messages, messagesPurge } from './commands/messages.js'
import { openapi } from './commands/openapi.js'
import { path } from './commands/path.js'
import { peers } from './commands/peers.js'
import { ping } from './commands/ping.js'
import { publish } from './commands/publish.js'
import { run } from './commands/run.js'
import { scheduleAdd, scheduleList, scheduleRemove } from './commands/schedule.js'
import { send } from './commands/send.js'
import { status } from './commands/status.js'
import { subscribe } from './commands/subscribe.js'
import { topics } from './commands/topics.js'
import { wait } from './commands/wait.js'
import type { Verb } from './verb.js'

/** The verb when none is given. */
export const RUN = run

export const VERBS: readonly Verb[] = [
  run, keygen, id, doctor,
  status, peers, ping, path, links, explain, wait, leave, forget,
  publish, subscribe, messages, messagesPurge, topics,
  send, inbox, inboxChange, contactsAdd, contactsSetKey, contactsList, contactsRemove,
  scheduleAdd, scheduleList, scheduleRemove, exportVerb, importVerb,
  openapi, completion,
]

export interface Found {
  readonly verb?: Verb
  /** The first word, when verbs of two words begin so and none was meant in full. */
  readonly group: string | null
}

/** The verb that these words begin with. */
export function findVerb ([first = '', second = '']: readonly string[]): Found {
  const group = verbsInGroup(first)
  const verb = group.find(({ words }) => words[1] === second) ??
    VERBS.find(({ words }) => words.length === 1 && words[0] === first)
  if (verb !== undefined) return { verb, group: null }
  return { group: group.length === 0 ? null : first }
}

/** Verbs of two words that begin with this one. */
export function verbsInGroup (first: string): Verb[] {
  return VERBS.filter(({ words }) => words.length === 2 && words[0] === first)
}

export function verbsWithFlag (name: string): Verb[] {
  return VERBS.filter(({ flags }) => Object.hasOwn(flags, name))
}

/** Names of all flags of all verbs, each once. */
export function flagNames (): readonly string[] {
  return NAMES
}

/** A name is a switch in all verbs that have it or in none: a test sees to that. */
export function isSwitch (name: string): boolean {
  return SWITCHES.has(name)
}

const NAMES = [...new Set(VERBS.flatMap(({ flags }) => Object.keys(flags)))]
const SWITCHES = new Set(NAMES.filter(name =>
  verbsWithFlag(name)[0]?.flags[name]?.kind === 'switch'))
