/** The public door. Re-exports only. */
export { createNode } from './create-node.js'
export type { At, Node, NodeEvents, PortOverrides } from './node.js'
export type { StoredMember } from './wire/record.js'
export { DEFAULTS, type KeyType, type NodeOptions } from './options.js'
export { ERRORS, GossipError, type ErrorCode, type Fault } from './errors.js'
export {
  LINK_DOWN_REASONS, WARNING_CODES,
  type LinkDown, type LinkDownReason, type LinkUp, type Listening, type Notice, type PeerStatus,
  type PeerView, type PingReceived, type Warning, type WarningCode,
} from './core/notice.js'
export { identityFromHash, parseIdentity, shortIdentity, type Identity } from './wire/identity.js'
export { parseAddress, parseTarget, type HostPort, type ParsedTarget } from './wire/address.js'
export { stripControl } from './wire/text.js'
export { createIdentity, readIdentity, type IdentityFiles } from './tls/keys.js'
export type {
  Clock, DialOptions, Entropy, Link, LinkHandlers, Listener, ListenOptions, Log, LogEntry, LogLevel,
  OwnIdentity, Ports, Store, Suite, Transport,
} from './ports.js'
