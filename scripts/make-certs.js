/**
 * Makes the sample identities of certs/ anew, with this program's own code (run `npm run build`
 * before). Then put the identities it prints into src/tls/sample-keys.ts.
 *
 *     node scripts/make-certs.js
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createIdentity } from '../dist/index.js'

const directory = fileURLToPath(new URL('../certs/', import.meta.url))

for (const keyType of /** @type {const} */ (['ed25519', 'p256', 'rsa'])) {
  const { id, key, cert } = createIdentity(keyType)
  writeFileSync(`${directory}${keyType}.key`, key)
  writeFileSync(`${directory}${keyType}.crt`, cert)
  console.log(`${keyType.padEnd(8)} ${id}`)
}
