/**
 * The verb `run`: a node in the foreground until a signal, a closed stdout or a wrong identity ends
 * it. Read next: `print.ts`, which words what the node tells.
 */
import {
  DEFAULTS, GossipError, createNode,
  type Carry, type InboxFor, type KeyType, type Node, type NodeOptions, type WorkKind,
} from '../index.js'
import { serveApi, type ServedApi } from '../api/index.js'
import { chat } from './chat.js'
import { readTextFile } from './config-file.js'
import { EXIT, exitCodeOf, usageError } from './exit-code.js'
import { given, milliseconds } from './client-flags.js'
import type { Values } from './flags.js'
import { withOrigin } from './origin.js'
import { Printer, jsonLine, type Told } from './print.js'
import { onSignals } from './signals.js'
import { tellBulletins } from './subscriber.js'
import { namedTopic, topicsOf } from './topics.js'
import type { Settings } from './verb.js'
import type { World } from './world.js'

type RunSettings = Settings<Values>

/** How a run ends. `line` explains a code that is not 0. */
interface Ending {
  readonly code: number
  readonly line: string | null
}

const FINE: Ending = { code: EXIT.fine, line: null }

/** Resolves with the exit code when the node has ended. Rejects with GossipError before it runs. */
export async function runNode (settings: RunSettings, world: World): Promise<number> {
  const { output, log } = world
  for (const name of settings.unknownVariables) {
    log({ level: 'debug', area: 'cli', message: `the variable ${name} is none of ours, ignored` })
  }
  const state: { node: Node | null, ending: Ending | null } = { node: null, ending: null }
  const ends = new AbortController()
  const stop = (ending: Ending): void => {
    if (state.ending !== null) return
    state.ending = ending
    ends.abort()
    void state.node?.close()
  }
  onSignals(() => { stop(FINE) }, () => { state.node?.destroy() })
  output.onBroken(why => {
    stop(why === null
      ? FINE
      : { code: EXIT.failed, line: `cannot write to stdout: ${why.message}` })
  })
  const node = await start(settings, world)
  state.node = node
  const tell = teller(settings, world)
  node.on('notice', tell)
  node.on('notice', mismatchWatch(stop))
  // Not waited for: what comes meanwhile is not to be missed.
  const serving = serve(settings, world, { node, leave: () => { stop(FINE) } })
  const bulletins = exchangeBulletins(settings, world, { node, tell, signal: ends.signal })
  await serveModules(settings, world, node, stop)
  if (state.ending !== null) void node.close()
  await node.closed
  ends.abort()
  await Promise.all([bulletins, serving.then(api => api?.close())])
  const { code, line } = state.ending ??
    { code: EXIT.failed, line: 'the node ended by itself; the log on stderr says why' }
  if (line !== null) output.complain(`p2p-gossip: ${line}`)
  return code
}

async function start (settings: RunSettings, { log }: World): Promise<Node> {
  const options = nodeOptions(settings)
  try {
    return await createNode(options, { log })
  } catch (error) {
    throw withOrigin(error, settings)
  }
}

/** The control API, unless it is switched off. A node that cannot serve it runs all the same. */
async function serve (
  { values: { control, socket } }: RunSettings, { version, log, environment }: World,
  { node, leave }: { readonly node: Node, readonly leave: () => void },
): Promise<ServedApi | null> {
  if (control === 'off') return null
  return serveApi(node, {
    version, log, environment, leave, ...(socket === undefined ? {} : { socket }),
  })
}

/** Doors for Voidphone, where they are asked for. One that cannot be opened ends the node. */
async function serveModules (
  { values, origins }: RunSettings, { log }: World, node: Node, stop: (ending: Ending) => void,
): Promise<void> {
  const { api, p2p, bootstrapper } = values
  if (api === undefined && p2p === undefined && bootstrapper === undefined) return
  const { serveVoidphone } = await import('../voidphone/index.js')
  try {
    const served = await serveVoidphone(node, given({
      api, p2p, bootstrapper,
      validationTimeoutMs: milliseconds(values['validation-timeout']),
      cacheSize: values['cache-size'],
      rejoinMs: milliseconds(values.rejoin),
    }), { log })
    const open = [
      ...(served.api === null ? [] : [`modules are served on ${served.api}`]),
      ...(served.p2p === null ? [] : [`members are told on ${served.p2p}`]),
    ]
    for (const message of open) log({ level: 'info', area: 'voidphone', message })
  } catch (error) {
    if (!(error instanceof GossipError)) throw error
    const origin = [origins.get('api'), origins.get('p2p')].filter(one => one !== undefined)
    stop({ code: exitCodeOf(error), line: `${origin.join(', ')}: ${error.message}` })
  }
}

/** Prints every notice. */
function teller (
  { values }: RunSettings, { output, version, colours }: World,
): (told: Told) => void {
  if (values.json === true) return told => { output.print(jsonLine(told)) }
  const network = values.network ?? DEFAULTS.network
  const printer = new Printer({ version, network, colours })
  return told => { output.print(printer.line(told)) }
}

interface Running {
  readonly node: Node
  readonly tell: (told: Told) => void
  readonly signal: AbortSignal
}

/** Subscribes, and publishes stdin with `--chat`. Resolves when the node has ended. */
async function exchangeBulletins (
  { values }: RunSettings, { output, input, log }: World, { node, tell, signal }: Running,
): Promise<void> {
  const named = values.chat === undefined ? null : namedTopic(values.chat)
  const telling =
    tellBulletins({ node, log, tell }, {
      topics: topicsOf(values), chat: named?.id ?? null,
    })
  if (named === null) return telling
  const { difficulty, maxContent } = DEFAULTS
  await chat({ node, input: input(), output }, {
    topic: named.topic,
    lineBytesMax: values['max-content'] ?? maxContent,
    difficulty: values.difficulty ?? difficulty,
  }, signal)
  await telling
}

/** Another identity than the named one, and no link so far: this run cannot do what it was told. */
function mismatchWatch (stop: (ending: Ending) => void): (told: Told) => void {
  let wasLinked = false
  return told => {
    if (told.kind === 'link-up') wasLinked = true
    if (told.kind !== 'warning' || told.code !== 'identity-mismatch' || wasLinked) return
    stop({ code: EXIT.identityMismatch, line: `${told.message}; nothing else was linked, stopped` })
  }
}

/** Settings in the words and units of the library; PEM files are read here. */
function nodeOptions ({ values, origins }: RunSettings): NodeOptions {
  const pem = (name: 'key' | 'cert'): string | undefined => {
    const path = values[name]
    return path === undefined ? undefined : readTextFile(path, origins.get(name) ?? name)
  }
  if (values.sync === true && values.data === undefined) {
    const origin = origins.get('sync') ?? '--sync'
    throw usageError(`${origin} needs --data: without a directory nothing survives anyway`)
  }
  return given({
    port: values.port,
    host: values.host,
    connect: values.connect,
    advertise: values.advertise,
    periodMs: milliseconds(values.period),
    text: values.text,
    name: values.name,
    network: values.network,
    key: pem('key'),
    cert: pem('cert'),
    keyType: values['key-type'] as KeyType | undefined,
    data: values.data,
    maxLinks: values['max-links'],
    maxMembers: values['max-members'],
    rejoinMs: milliseconds(values.rejoin),
    retainMs: milliseconds(values.retain),
    quota: values.quota,
    carry: values.carry as Carry | undefined,
    maxContent: values['max-content'],
    difficulty: values.difficulty,
    schedule: values.schedule,
    inbox: values.inbox as InboxFor | undefined,
    work: values.work as WorkKind | undefined,
    sync: values.sync,
  })
}
