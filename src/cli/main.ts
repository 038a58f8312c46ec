/**
 * The program: words of the command line in, an exit code out. It knows the library by its public
 * doors and by leaves of them. Verbs that talk to a running node load neither the library nor logs,
 * so that they start quickly. Read next: `registry.ts`.
 */
import { readFileSync } from 'node:fs'
import { loadApi } from './api-door.js'
import { parseCommandLine } from './command-line.js'
import { completionScript } from './completion-script.js'
import { EXIT, exitCodeOf, explain } from './exit-code.js'
import type { Environment } from './flags.js'
import { helpOf, helpOfGroup } from './help.js'
import { openOutput, type Output } from './output.js'
import { coloursFor, refusesColours } from './print.js'
import { collectSettings } from './settings.js'
import { onSignals } from './signals.js'
import type { Verb } from './verb.js'
import type { World } from './world.js'

/** `argv`: the words after the program's name. Never rejects; sets no exit code itself. */
export async function main (argv: readonly string[]): Promise<number> {
  const { stdout, stderr } = process
  // A copy: the package debug removes an empty DEBUG when it is loaded.
  const environment = { ...process.env }
  const output = openOutput(stdout, stderr)
  return perform(argv, {
    output,
    input: () => process.stdin,
    isTerminal: stdout.isTTY === true,
    environment,
    log: () => {},
    colours: coloursFor(stdout.isTTY === true, refusesColours(environment)),
    version: version(),
    api: loadApi,
    interrupted,
    completion: completionScript,
  })
}

/** The same in a world of one's own: for tests. */
export async function perform (argv: readonly string[], world: World): Promise<number> {
  const { output, environment } = world
  try {
    const line = parseCommandLine(argv)
    if (line.instead === 'version') output.print(`p2p-gossip ${world.version}`)
    else if (line.instead === 'help') {
      output.print(line.group === null ? helpOf(line.verb) : helpOfGroup(line.group))
    } else {
      const settings = collectSettings(line, environment)
      const isJson = settings.values['log'] === 'json'
      const log = await logFor(line.verb, { output, environment }, isJson ? 'json' : 'text')
      return await line.verb.act(settings, { ...world, log: log ?? world.log })
    }
    return EXIT.fine
  } catch (error) {
    output.complain(explain(error))
    return exitCodeOf(error)
  }
}

/** Null for a verb that has nothing to log. */
async function logFor (
  { isOfNode }: Verb, { output, environment }: { output: Output, environment: Environment },
  format: 'text' | 'json',
): Promise<World['log'] | null> {
  if (!isOfNode) return null
  const { adoptNodeWarnings, createLog } = await import('./log.js')
  const log = createLog(line => { output.complain(line) }, environment, format)
  adoptNodeWarnings(log)
  return log
}

/** Nothing is to be left in order by a verb that only reads: a second signal quits at once. */
function interrupted (): AbortSignal {
  const ends = new AbortController()
  onSignals(() => { ends.abort() }, () => {})
  return ends.signal
}

/** From package.json, which lies two folders above both the source and the built file. */
function version (): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
