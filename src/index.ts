/** The public door. Re-exports only. */
export { createNode } from './create-node.js'
export type { At, Node, NodeEvents, PortOverrides } from './node.js'
export type { StoredMember } from './wire/record.js'
export {
  CARRIES, DEFAULTS, INBOXES, WORK_KINDS,
  type Carry, type InboxFor, type KeyType, type NodeOptions, type WorkKind,
} from './options.js'
export { parseTopicId, type Bulletin, type Topic } from './hall/bulletin.js'
export type { BatchMatch, Imported } from './hall/archive.js'
export type { Query } from './hall/bulletin-board.js'
export type { Waiting } from './hall/drive.js'
export type { NodeStatus, TopicRow } from './hall/overview.js'
export type { ConnectView, NodeHealth, WarningRow } from './hall/health.js'
export type { GetOptions } from './hall/lookups.js'
export type { Message } from './hall/message.js'
export type { ContactState } from './hall/private/book.js'
export type { Contact, ContactAsked, Contacts } from './hall/private/contacts.js'
export type { LettersMatch, PrivateMessage } from './hall/private/letters.js'
export type { SendOptions, Sent } from './hall/private/mail.js'
export type { InboxChanged } from './hall/private/private.js'
export type { Published, PublishOptions } from './hall/publications.js'
export type { RequestHandler, RequestOptions } from './hall/requests.js'
export {
  PUBLIC_TOPIC, type Schedule, type ScheduleAsked, type Schedules,
} from './hall/schedules.js'
export type { Gap, Subscription, SubscribeOptions } from './hall/subscription.js'
export type { Validator } from './hall/subscriptions.js'
export type {
  Explanation, LinkCell, LinkMatrix, LinkRow, Path, SeekReport,
} from './core/routes/vocabulary.js'
export type {
  BatchKey, BatchSummary, StoredBatch, Validation, Verdict,
} from './core/bulletins/vocabulary.js'
export { contentId, topicOf } from './tls/content-id.js'
export { ERRORS, GossipError, type ErrorCode, type Fault } from './errors.js'
export {
  LINK_DOWN_REASONS, WARNING_CODES,
  type LinkDown, type LinkDownReason, type LinkUp, type Listening, type MessageReceived,
  type Notice, type PeerStatus, type PeerView, type PingReceived, type Warning, type WarningCode,
} from './core/notice.js'
export { identityFromHash, parseIdentity, shortIdentity, type Identity } from './wire/identity.js'
export { parseAddress, parseTarget, type HostPort, type ParsedTarget } from './wire/address.js'
export { stripControl } from './wire/text.js'
export type { DatedCode } from './wire/inbox.js'
export { isSource, readSource, withSource } from './wire/source-line.js'
export { createIdentity, readIdentity, type IdentityFiles } from './tls/keys.js'
export { probe, type ProbeOptions } from './tls/probe.js'
export { isSampleIdentity } from './tls/sample-keys.js'
export type {
  BatchChecker, BoxPair, BulletinQuery, BulletinStore, BytesMatch, Calendar, Clock, ContactRow,
  CursorRow, DialOptions, Entropy, HeldBulletin, Kept, LetterRow, Link, LinkHandlers, Listener,
  ListenOptions, Log, LogEntry, LogLevel, Minter, OwnCode, OwnIdentity, Ports, Sealer, Store,
  StoredSchedule, Suite, TextMatch, Times, Transport,
} from './ports.js'
