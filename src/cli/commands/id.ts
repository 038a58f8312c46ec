/** The verb `id`: whose key, certificate or data directory this is. It only reads. */
import { createHash, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import {
  GossipError, identityFromHash, readIdentity, shortIdentity, type Identity,
} from '../../index.js'
import { readTextFile } from '../config-file.js'
import { EXIT, usageError } from '../exit-code.js'
import type { Settings } from '../settings.js'
import { jsonText } from '../values.js'
import type { World } from '../world.js'
import { KEY_FILE } from './keygen.js'
import { withOrigin } from './run.js'

/** Throws GossipError when there is nothing to read, or it is of no use. */
export function id (settings: Settings, { output }: World): number {
  const identity = identityIn(settings)
  output.print(settings.values.json === true
    ? jsonText({ id: identity, short: shortIdentity(identity) })
    : identity)
  return EXIT.fine
}

function identityIn (settings: Settings): Identity {
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

function readKey (key: string, cert: string | null, settings: Settings): Identity {
  try {
    return readIdentity({ key, cert }).id
  } catch (error) {
    throw withOrigin(error, settings)
  }
}

function identityOfCertificate (pem: string, origin: string): Identity {
  try {
    const publicKey = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
    return identityFromHash(createHash('sha256').update(publicKey).digest())
  } catch (error) {
    const what = `${origin}: the certificate cannot be read; give a PEM X.509 certificate`
    throw new GossipError('certificate-unreadable', what, error)
  }
}
