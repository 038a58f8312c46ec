/**
 * The program: words of the command line in, an exit code out. It knows the library by its public
 * door only. Read next: `commands/run.ts`, the verb that matters.
 */
import { readFileSync } from 'node:fs'
import { id } from './commands/id.js'
import { keygen } from './commands/keygen.js'
import { run } from './commands/run.js'
import { parseCommandLine } from './command-line.js'
import { EXIT, exitCodeOf, explain } from './exit-code.js'
import { helpOf } from './help.js'
import { adoptNodeWarnings, createLog, noColours } from './log.js'
import { openOutput } from './output.js'
import { coloursFor } from './print.js'
import { collectSettings } from './settings.js'

/** `argv`: the words after the program's name. Never rejects; sets no exit code itself. */
export async function main (argv: readonly string[]): Promise<number> {
  const { stdout, stderr, env: environment } = process
  const output = openOutput(stdout, stderr)
  try {
    const line = parseCommandLine(argv)
    if (line.instead !== null) {
      output.print(line.instead === 'help' ? helpOf(line.verb) : `p2p-gossip ${version()}`)
      return EXIT.fine
    }
    const settings = collectSettings(line, environment)
    const format = settings.values.log === 'json' ? 'json' : 'text'
    const log = createLog(line => { output.complain(line) }, environment, format)
    adoptNodeWarnings(log)
    const colours = coloursFor(stdout.isTTY === true, noColours(environment))
    const input = (): NodeJS.ReadStream => process.stdin
    const world = { output, input, log, colours, environment, version: version() }
    switch (line.verb) {
      case 'run': return await run(settings, world)
      case 'keygen': return keygen(settings, world)
      case 'id': return id(settings, world)
    }
  } catch (error) {
    output.complain(explain(error))
    return exitCodeOf(error)
  }
}

/** From package.json, which lies two folders above both the source and the built file. */
function version (): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
