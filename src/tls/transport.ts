/**
 * The TLS transport: one pair of contexts per node, shared by all connections (a fresh one per dial
 * halves the handshake rate). TLS 1.3 only, both sides show a certificate, nothing is resumed.
 * Read next: the twins `listen.ts` and `dial.ts`, and `link.ts`, which both make.
 */
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Transport } from '../ports.js'
import { dial } from './dial.js'
import type { IdentityFiles } from './keys.js'
import { listen } from './listen.js'
import { NameCache } from './names.js'

export function createTransport (identity: IdentityFiles): Transport {
  const options: SecureContextOptions = {
    key: identity.key,
    cert: identity.cert,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // No session outlives its connection: without tickets a session would have to be kept here,
    // and none is. A resumed session shows no certificate, and so no identity.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
  const context = createSecureContext(options)
  const names = new NameCache()
  return {
    listen: (listenOptions, opened) => listen(options, listenOptions, opened),
    dial: (dialOptions, signal) => dial(context, names, dialOptions, signal),
  }
}
