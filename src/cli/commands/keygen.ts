/** The verb `keygen`: a fresh identity in two files, which are never overwritten. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { shortIdentity } from '../../wire/identity.js'
import { DEFAULTS, type KeyType } from '../../options.js'
import { reasonOf } from '../config-file.js'
import { EXIT, usageError } from '../exit-code.js'
import { FLAGS } from '../flags.js'
import { jsonText, quotePath } from '../values.js'
import { verb } from '../verb.js'

/** Names in the directory of `--out`. */
export const KEY_FILE = 'identity.key'
export const CERT_FILE = 'identity.crt'

/** Throws GossipError `option-invalid` when a file exists or cannot be written. */
export const keygen = verb({
  words: ['keygen'],
  purpose: 'make an identity: a private key and its certificate',
  operands: [],
  flags: {
    'key-type': FLAGS['key-type'],
    json: FLAGS.json,
    out: {
      kind: 'directory', value: 'DIR', inFile: false, isNeeded: true,
      about: 'directory for identity.key and identity.crt; made when missing, never overwritten',
      fallback: '',
    },
  },
  isOfNode: true,
  examples: [
    ['p2p-gossip keygen --out alice', 'alice/identity.key and alice/identity.crt'],
    ['p2p-gossip --key alice/identity.key', 'run with it'],
  ],
  act: async ({ values }, { output }) => {
    const directory = values.out ?? ''
    const keyPath = join(directory, KEY_FILE)
    const certPath = join(directory, CERT_FILE)
    for (const path of [keyPath, certPath]) {
      if (existsSync(path)) throw alreadyThere(path)
    }
    const { createIdentity } = await import('../../index.js')
    const identity = createIdentity((values['key-type'] ?? DEFAULTS.keyType) as KeyType)
    makeDirectory(resolve(directory))
    writeNew(keyPath, identity.key, 0o600)
    try {
      writeNew(certPath, identity.cert, 0o644)
    } catch (error) {
      // Half a pair is of no use, and this key is ours: it was made a moment ago.
      rmSync(keyPath, { force: true })
      throw error
    }
    const short = shortIdentity(identity.id)
    output.print(values.json === true
      ? jsonText({ id: identity.id, short, key: keyPath, cert: certPath })
      : [
          `identity     ${identity.id}`,
          `key          ${keyPath}  (keep it secret)`,
          `certificate  ${certPath}`,
        ].join('\n'))
    return EXIT.fine
  },
})

function makeDirectory (path: string): void {
  if (existsSync(path)) return
  // One by one: Node's own `recursive` never returns where nothing can be made, as below /proc.
  makeDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    throw usageError(`--out: cannot make the directory ${quotePath(path)}: ${reasonOf(error)}`)
  }
}

/** Fails when the file exists, even if it came a moment ago. */
function writeNew (path: string, text: string, mode: number): void {
  let file: number
  try {
    file = openSync(path, 'wx', mode)
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (isThere) throw alreadyThere(path)
    throw usageError(`--out: cannot write ${quotePath(path)}: ${reasonOf(error)}`)
  }
  try {
    writeSync(file, text)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw usageError(`--out: cannot write ${quotePath(path)}: ${reasonOf(error)}`)
  } finally {
    closeSync(file)
  }
}

function alreadyThere (path: string): Error {
  return usageError(
    `--out: ${quotePath(path)} exists and is not overwritten; give another directory`,
  )
}
