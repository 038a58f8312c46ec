/** The verb `id`: whose key, certificate or data directory this is. It only reads. */
import { createHash, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { GossipError } from '../../errors.js'
import { shortIdentity, type Identity } from '../../wire/identity.js'
import { readTextFile } from '../config-file.js'
import { EXIT, usageError } from '../exit-code.js'
import type { ValuesOf } from '../flag.js'
import { FLAGS } from '../flags.js'
import { withOrigin } from '../origin.js'
import { jsonText } from '../values.js'
import { verb, type Settings } from '../verb.js'
import { KEY_FILE } from './keygen.js'

const ID_FLAGS = {
  key: FLAGS.key, cert: FLAGS.cert, data: FLAGS.data, json: FLAGS.json, config: FLAGS.config,
} as const

type IdSettings = Settings<ValuesOf<typeof ID_FLAGS>>

/** Throws GossipError when there is nothing to read, or it is of no use. */
export const id = verb({
  words: ['id'],
  purpose: 'print the identity of a key, a certificate or a data directory',
  operands: [],
  flags: ID_FLAGS,
  isOfNode: true,
  examples: [
    ['p2p-gossip id --key alice/identity.key', 'what others give as id@host:port'],
    ['p2p-gossip id --data ~/.p2p-gossip --json', 'identity and short form'],
  ],
  act: async (settings, { output }) => {
    const identity = await identityIn(settings)
    output.print(settings.values.json === true
      ? jsonText({ id: identity, short: shortIdentity(identity) })
      : identity)
    return EXIT.fine
  },
})

async function identityIn (settings: IdSettings): Promise<Identity> {
  const { values: { key, cert, data }, origins } = settings
  if (key === undefined && cert === undefined) {
    if (data === undefined) throw usageError('id needs --key FILE, --cert FILE or --data DIR')
    const origin = origins.get('data') ?? '--data'
    return readKey(readTextFile(join(data, KEY_FILE), origin), null, settings)
  }
  const certPem = cert === undefined ? null : readTextFile(cert, origins.get('cert') ?? '--cert')
  if (key !== undefined) {
    return readKey(readTextFile(key, origins.get('key') ?? '--key'), certPem, settings)
  }
  return identityOfCertificate(certPem ?? '', origins.get('cert') ?? '--cert')
}

async function readKey (
  key: string, cert: string | null, settings: IdSettings,
): Promise<Identity> {
  const { readIdentity } = await import('../../index.js')
  try {
    return readIdentity({ key, cert }).id
  } catch (error) {
    throw withOrigin(error, settings)
  }
}

async function identityOfCertificate (pem: string, origin: string): Promise<Identity> {
  const { identityFromHash } = await import('../../index.js')
  try {
    const publicKey = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
    return identityFromHash(createHash('sha256').update(publicKey).digest())
  } catch (error) {
    const what = `${origin}: the certificate cannot be read; give a PEM X.509 certificate`
    throw new GossipError('certificate-unreadable', what, error)
  }
}
