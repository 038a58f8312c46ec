/** The public door for Voidphone, `p2p-gossip/voidphone`. Re-exports only. */
export {
  serveVoidphone, type VoidphoneOptions, type VoidphoneOverrides, type VoidphoneServer,
} from './serve.js'
export { VoidphoneClient, type AnnounceOptions, type Notification } from './client.js'
export { voidphoneSettings, type VoidphoneSettings } from './config-ini.js'
export type { VoidphoneCounts } from './announcements.js'
