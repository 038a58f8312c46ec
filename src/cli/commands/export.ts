/** The verb `export`: what a running node holds, as a file that `import` takes. */
import { open, rm } from 'node:fs/promises'
import { NARROWING, given } from '../client-flags.js'
import { reasonOf } from '../config-file.js'
import { EXIT, usageError } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { advised } from '../peer-advice.js'
import { bytesText } from '../table.js'
import { jsonText, quotePath } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const exportVerb = verb({
  words: ['export'],
  purpose: 'write the bulletins that a running node holds to a file',
  operands: [],
  flags: {
    file: {
      kind: 'file', value: 'FILE', about: 'a new file; one that exists is not overwritten',
      fallback: 'stdout, unless that is a terminal',
    },
    ...NARROWING,
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip export --file bulletins.p2pg', 'signed as they were received'],
    ['p2p-gossip export --topic status | ssh other p2p-gossip import -', 'over the wall'],
  ],
  act: async (settings, world) => {
    const { output, isTerminal } = world
    const { file, topic, author, since, until, json } = settings.values
    if (file === undefined && isTerminal) {
      throw usageError('export writes no text: give --file FILE, or send stdout elsewhere')
    }
    if (file === undefined && json === true) throw usageError('export --json needs --file FILE')
    const match = given({ topic, author, since, until })
    return withNode(settings, world, node => advised(node, author ?? '', async () => {
      const chunks = node.export(match)
      if (file === undefined) {
        for await (const chunk of chunks) if (!await output.write(chunk)) break
        return EXIT.fine
      }
      const bytes = await writeNew(file, chunks)
      output.print(json === true
        ? jsonText({ file, bytes })
        : `wrote ${bytesText(bytes)} to ${quotePath(file)}`)
      return EXIT.fine
    }))
  },
})

/** Leaves nothing behind when it fails. Resolves with the number of bytes. */
async function writeNew (path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const cannot = (error: unknown): Error =>
    usageError(`--file: cannot write ${quotePath(path)}: ${reasonOf(error)}`)
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => { throw cannot(error) })
  let bytes = 0
  let isWhole = false
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk).catch((error: unknown) => { throw cannot(error) })
      bytes += chunk.length
    }
    isWhole = true
  } finally {
    await file.close()
    if (!isWhole) await rm(path, { force: true })
  }
  return bytes
}
