/** What of the options and ports the core is told. Read next: `core/options.ts`. */
import type { CoreOptions } from '../core/options.js'
import type { ResolvedOptions } from '../options.js'
import type { Ports } from '../ports.js'

export function coreOptionsOf (
  { identity, store }: Ports, options: ResolvedOptions, networkHash: Uint8Array,
): CoreOptions {
  return {
    me: identity.id,
    publicKey: identity.publicKey,
    networkHash,
    admission: 'open',
    connect: options.connect,
    advertise: options.advertise,
    periodMs: options.periodMs,
    text: options.text,
    name: options.name,
    ephemeral: store === null,
    linksMax: options.maxLinks,
    membersMax: options.maxMembers,
    rejoinMs: options.rejoinMs,
    bulletins: {
      retainMs: options.retainMs,
      quotaBytes: options.quota,
      contentBytesMax: options.maxContent,
      carries: options.carry === 'all',
    },
  }
}
