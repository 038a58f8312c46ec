/** The verb `import`: a file of `export` into a running node. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { reasonOf } from '../config-file.js'
import { EXIT, usageError } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { jsonText, quotePath } from '../values.js'
import { verb } from '../verb.js'
import { whileWaiting } from '../waiting.js'
import { withNode } from '../with-node.js'
import type { World } from '../world.js'

export const importVerb = verb({
  words: ['import'],
  purpose: 'take the bulletins of an exported file',
  operands: [{ name: 'FILE', about: 'made by export; - is stdin' }],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [
    ['p2p-gossip import bulletins.p2pg', 'twice does no harm'],
    ['ssh other p2p-gossip export | p2p-gossip import -', 'from another machine'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const [path = ''] = settings.operands
    const bytes = await opened(path, world)
    const done = await withNode(settings, world, node =>
      whileWaiting(output, 'for the node to check them', () => node.import(bytes)))
    const { taken, known, refused } = done
    output.print(settings.values.json === true
      ? jsonText(done)
      : `${taken} taken, ${known} known before, ${refused} refused`)
    return EXIT.fine
  },
})

async function opened (path: string, { input, output }: World): Promise<AsyncIterable<Uint8Array>> {
  if (path === '-') {
    const stdin = input()
    if (stdin.isTTY === true) output.complain('p2p-gossip: reading the file from this terminal')
    return stdin
  }
  try {
    // Opened before the node is called, so that a wrong path costs nothing there.
    const file = await open(path, 'r')
    const { isDirectory } = { isDirectory: (await file.stat()).isDirectory() }
    await file.close()
    if (isDirectory) throw Object.assign(new Error('a directory'), { code: 'EISDIR' })
    return createReadStream(path)
  } catch (error) {
    throw usageError(`import: cannot read ${quotePath(path)}: ${reasonOf(error)}`)
  }
}
