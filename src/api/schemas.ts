/**
 * What the control API takes and gives: one zod schema for each shape, of which the types here and
 * docs/openapi.json follow. The objects are those that `--json` prints. Read next: `routes/`.
 */
import { z } from '@hono/zod-openapi'
import { LINK_DOWN_REASONS } from '../index.js'
import { API_LIMITS, BULLETIN_LIMITS, PRIVATE_LIMITS, WIRE_LIMITS } from '../limits.js'

const identity = z.string().regex(/^[a-z2-7]{52}$/)
  .describe('SHA-256 of a public key, 52 characters of base32')
const id64 = z.string().regex(/^[0-9a-f]{64}$/).describe('SHA-256, 64 hex digits')
const time = z.number().describe('ms since 1970')
const seconds = z.number().int().describe('seconds since 1970, by the author\'s clock')
const peerName = z.string().min(1).max(API_LIMITS.peerTextCharsMax)
const topic = z.string().min(1).max(API_LIMITS.topicCharsMax)
  .describe('descriptor of a topic, or the 64 hex digits of its id')
// In units of UTF-16, two for a character at most: the library counts characters.
const contactName = z.string().min(1).max(2 * PRIVATE_LIMITS.contactNameCharsMax)
const scheduleId = z.string().regex(/^[0-9a-f]{16}$/)
const timeoutMs = z.number().positive().max(API_LIMITS.timeoutMaxMs)
const members = z.union([z.literal('all'), z.number().int().min(0).max(65_536)])
const peerText = z.string().describe('as the peer sent it: strip control characters to show it')

/** Text, or base64 of what is not UTF-8. Exactly one of them. */
const content = {
  text: z.string().optional(),
  data: z.base64().optional(),
}

export const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string().describe('what failed, where, and what to do'),
  }),
}).openapi('Error')

export const status = z.strictObject({
  id: identity,
  name: z.string(),
  address: z.string().describe('host:port that another machine may connect to'),
  port: z.number().int(),
  version: z.string(),
  network: z.string(),
  startedAt: z.iso.datetime(),
  /** This node included, as all counts of members. */
  members: z.number().int().describe('known and not gone, this node included'),
  linked: z.number().int().describe('peers with a ready link'),
  bulletins: z.strictObject({
    held: z.number().int(), bytes: z.number().int(), quota: z.number().int(),
  }),
  batches: z.strictObject({
    received: z.number().int().describe('over links in this run'),
    known: z.number().int().describe('of these: they were here already'),
  }),
  topics: z.number().int().describe('subscribed to here'),
  contacts: z.number().int(),
  inboxTopic: id64,
  data: z.string().nullable().describe('directory, or null: in memory'),
  pid: z.number().int(),
}).openapi('Status')

export const doctor = z.strictObject({
  id: identity,
  port: z.number().int(),
  addresses: z.array(z.string()).describe('own ones, host:port, as others are told them'),
  data: z.string().nullable().describe('absolute path of the directory, or null: in memory'),
  clock: z.strictObject({
    peers: z.number().int().describe('linked ones whose clock is known'),
    offMs: z.number().describe('their median less the clock of this node'),
  }),
  loop: z.strictObject({
    lagMs: z.number().describe('by so much a timer came late, at most, while this was measured'),
    busyShare: z.number().describe('of that time, from 0 to 1'),
  }),
  connect: z.array(z.strictObject({
    address: z.string(),
    identity: identity.nullable().describe('the only one that will do there'),
    peer: identity.nullable().describe('who was found there and is linked now'),
    failures: z.number().int().describe('attempts in vain since it was reached last'),
    lastError: z.string().nullable(),
  })).describe('addresses that the operator named'),
  warnings: z.array(z.strictObject({
    code: z.string(),
    message: peerText,
    count: z.number().int(),
    at: z.iso.datetime().describe('when it was told last'),
  })).describe('of this run, the last 64 different ones'),
}).openapi('Doctor')

export const peer = z.strictObject({
  id: identity,
  name: peerText,
  contact: z.string().nullable().describe('what the operator here calls it'),
  address: z.string(),
  status: z.enum(['linked', 'via', 'lost', 'left', 'banned', 'pending'])
    .describe('via: others hold a link with it, this node does not'),
  sinceMs: time.describe('it has this status since then, ms since 1970'),
  seenBy: z.array(identity).describe('with via: who tells a link with it, nearest first, some'),
  rttMs: z.number().nullable(),
  topics: z.array(id64),
}).openapi('Peer')
export const peers = z.strictObject({ peers: z.array(peer) })

export const pingAsked = z.strictObject({
  peer: peerName.describe('identity, its beginning, a name or a contact'),
  timeoutMs: timeoutMs.optional(),
})
export const pinged = z.strictObject({
  peer: identity, name: peerText, address: z.string(), rttMs: z.number(),
  hops: z.number().int().describe('links that the ping passed; 1 over the link with it'),
  via: identity.nullable().describe('who passed it on first; null over the link with it'),
}).openapi('Pinged')

export const peerAsked = z.strictObject({
  peer: peerName.describe('identity, its beginning, a name or a contact'),
})
export const path = z.strictObject({
  peer: identity,
  hops: z.number().int().describe('links on the way'),
  rttMs: z.number().nullable().describe('of all its links; null when one is not measured'),
  members: z.array(identity).describe('this node first, the peer last'),
}).openapi('Path')
export const pathFound = z.strictObject({ path: path.nullable() })
export const paths = z.strictObject({ paths: z.array(path) })

export const linkCell = z.strictObject({
  peer: identity,
  rttMs: z.number().nullable().describe('as the member of the row tells it'),
  toldBy: z.enum(['both', 'row', 'peer']).describe('a link counts when both ends tell it'),
}).openapi('LinkCell')
export const linkRow = z.strictObject({
  id: identity,
  name: peerText,
  status: peer.shape.status.nullable().describe('as this node sees it; null: it is this node'),
  toldMs: time.nullable().describe('when its table came, ms since 1970; null: it told none'),
  free: z.number().int().nullable().describe('further links it takes; null: it told no table'),
  links: z.array(linkCell),
}).openapi('LinkRow')
export const linkMatrix = z.strictObject({
  rows: z.array(linkRow).describe('in order of identity, this node among them'),
}).openapi('LinkMatrix')

const seekReport = z.strictObject({
  failures: z.number().int().describe('attempts in vain since it was lost or learnt'),
  lastError: z.string().nullable(),
  triedMs: time.nullable().describe('when the last attempt began, ms since 1970'),
  nextMs: time.nullable().describe('when the next is due, ms since 1970; null: none is'),
})
export const explanation = z.strictObject({
  id: identity,
  name: peerText,
  status: peer.shape.status,
  sinceMs: time.describe('it has this status since then, ms since 1970'),
  isProven: z.boolean().describe('this node was linked with it at some time'),
  issuedMs: time.describe('when it signed its record, ms since 1970'),
  addresses: z.array(z.string()).describe('where it is dialled, best first'),
  seenBy: z.array(identity).describe('members that tell a link with it, nearest first'),
  missedBy: z.array(identity).describe('members that told their links, without it'),
  path: path.nullable(),
  seek: seekReport.nullable().describe('null while it is linked, left, or not sought'),
  lastDown: z.strictObject({ reason: z.enum(LINK_DOWN_REASONS), atMs: time }).nullable()
    .describe('how the last link with it ended in this run'),
}).openapi('Explanation')

export const publishAsked = z.strictObject({
  topic: topic.optional().describe('`public` without it'),
  ...content,
  source: z.string().min(1).max(WIRE_LIMITS.nameBytesMax).optional()
    .describe('a name that the bulletin claims to come from'),
  wait: members.optional(),
  timeoutMs: timeoutMs.optional(),
  bits: z.number().int().min(0).max(BULLETIN_LIMITS.difficultyMax).optional(),
})
export const published = z.strictObject({
  topic: id64,
  contentId: id64,
  seq: z.number().int(),
  linked: z.number().int().describe('links it was handed to'),
  storedBy: z.array(identity).describe('who said so while it was waited for'),
}).openapi('Published')

export const bulletin = z.strictObject({
  topic: id64,
  topicText: z.string().optional(),
  author: identity,
  name: peerText,
  incarnation: z.number().int(),
  seq: z.number().int(),
  timestamp: seconds,
  contentId: id64,
  source: peerText.optional().describe('the name it claims to come from; not proved'),
  ...content,
  late: z.literal(true).optional(),
  deliveredBy: identity.nullable().optional()
    .describe('the link it came by; null: published here; absent: not known any more'),
}).openapi('Bulletin')

export const contentIdParam = z.strictObject({ contentId: id64 })

export const matching = z.strictObject({
  topic: topic.optional(),
  topicPrefix: z.string().regex(/^[0-9a-f]{1,64}$/).optional(),
  topicSuffix: z.string().regex(/^[0-9a-f]{1,64}$/).optional(),
  content: z.string().optional(),
  contentPrefix: z.string().optional(),
  contentSuffix: z.string().optional(),
  author: peerName.optional(),
  since: z.coerce.number().optional().describe('ms since 1970'),
  until: z.coerce.number().optional(),
  limit: z.coerce.number().int().min(1).max(API_LIMITS.messagesMax).optional(),
})
export const messages = z.strictObject({
  messages: z.array(bulletin),
  more: z.boolean().describe('there are more than `limit`, or than fit an answer'),
})
export const batchesMatching = z.strictObject({
  topic: topic.optional(),
  author: peerName.optional(),
  since: z.coerce.number().optional().describe('ms since 1970'),
  until: z.coerce.number().optional(),
})
export const purgeAsked = z.strictObject({
  ...batchesMatching.shape,
  all: z.literal(true).optional().describe('needed when nothing else narrows it'),
})
export const purged = z.strictObject({ purged: z.number().int() })

export const topicRow = z.strictObject({
  topic: id64,
  text: z.string().nullable().describe('its descriptor, where this node was told it'),
  isSubscribed: z.boolean(),
  peers: z.number().int().describe('linked ones that subscribe to it'),
  held: z.number().int().describe('bulletins held here'),
}).openapi('Topic')
export const topics = z.strictObject({ topics: z.array(topicRow) })

const topicList = z.preprocess(
  value => typeof value === 'string' ? [value] : value,
  z.array(topic).min(1).max(API_LIMITS.streamTopicsMax),
)
const lastEventId = z.string().max(API_LIMITS.peerTextCharsMax).optional()
  .describe('goes on after that event; as the header Last-Event-ID')
export const subscribeAsked = z.strictObject({
  topic: topicList.openapi({ type: 'array', items: { type: 'string' } })
    .describe('may be given again; not looked at when a stream is resumed'),
  since: z.coerce.number().optional().describe('also what is held since then, ms since 1970'),
  lastEventId,
})
export const eventsAsked = z.strictObject({ lastEventId })
export const gap = z.strictObject({
  kind: z.literal('gap'),
  author: identity, incarnation: z.number().int(), first: z.number().int(), last: z.number().int(),
}).openapi('Gap')
export const lost = z.strictObject({
  kind: z.literal('lost'),
  message: z.string(),
  count: z.number().int().nullable().describe('how many events, where that is known'),
}).openapi('Lost')

export const sendAsked = z.strictObject({
  to: peerName.describe('a contact\'s name, or a full identity'),
  ...content,
  wait: members.optional(),
  timeoutMs: timeoutMs.optional(),
})
export const sent = z.strictObject({
  to: identity, contact: z.string().nullable(), seq: z.number().int(),
  linked: z.number().int(), storedBy: z.array(identity),
}).openapi('Sent')

export const privateMessage = z.strictObject({
  from: identity,
  name: peerText,
  contact: z.string().nullable().describe('what the operator here calls the sender'),
  incarnation: z.number().int(),
  seq: z.number().int(),
  timestamp: seconds,
  ...content,
}).openapi('PrivateMessage')
export const inboxAsked = z.strictObject({
  since: z.coerce.number().optional().describe('ms since 1970'),
  limit: z.coerce.number().int().min(1).max(API_LIMITS.messagesMax).optional(),
})
export const inbox = z.strictObject({ topic: id64, messages: z.array(privateMessage) })
export const inboxChanged = z.strictObject({
  topic: id64,
  contacts: z.number().int().describe('who are told, at once or when they are back'),
})

export const contact = z.strictObject({
  name: contactName,
  state: z.enum(['awaiting-key', 'unmet', 'ready']),
  address: z.string().nullable(),
  identity: identity.nullable(),
  exchangeKey: z.string().nullable().describe('PEM of the public key made for this contact alone'),
  status: peer.shape.status.nullable().describe('null while its identity is not known'),
}).openapi('Contact')
export const contacts = z.strictObject({ contacts: z.array(contact) })
export const contactAsked = z.strictObject({
  name: contactName,
  address: z.string().optional().describe('host:port; gossipd\'s way, keys are exchanged by hand'),
  peer: identity.optional().describe('a full identity: no key needs to be exchanged'),
})
export const contactParam = z.strictObject({ name: contactName })
export const keyAsked = z.strictObject({
  pem: z.string().min(1).max(PRIVATE_LIMITS.exchangeKeyCharsMax),
})

export const scheduleParam = z.strictObject({ id: scheduleId })
export const schedule = z.strictObject({
  id: scheduleId,
  expression: z.string(),
  topic: z.string(),
  ...content,
  source: z.string().optional(),
  next: z.iso.datetime().nullable(),
}).openapi('Schedule')
export const schedules = z.strictObject({ schedules: z.array(schedule) })
export const scheduleAsked = z.strictObject({
  expression: z.string().min(1).max(API_LIMITS.expressionCharsMax)
    .describe('cron: minute hour day month weekday, with an optional second before'),
  topic: topic.optional(),
  ...content,
  source: publishAsked.shape.source,
})

export const imported = z.strictObject({
  taken: z.number().int(), known: z.number().int(), refused: z.number().int(),
}).openapi('Imported')

export const waitAsked = z.strictObject({
  members: z.coerce.number().int().min(1).max(65_536),
  timeoutMs: z.coerce.number().min(0).max(API_LIMITS.timeoutMaxMs).optional(),
})
export const waited = z.strictObject({
  members: z.number().int().describe('linked with this one, and itself'),
  isMet: z.boolean(),
}).openapi('Waited')

export const forgetAsked = z.strictObject({
  peer: peerName.describe('a full identity, or a contact\'s name'),
})
export const forgotten = z.strictObject({ peer: identity })
export const leaving = z.strictObject({ isLeaving: z.literal(true) })

export type ApiError = z.infer<typeof errorBody>
export type Status = z.infer<typeof status>
export type DoctorView = z.infer<typeof doctor>
export type Peer = z.infer<typeof peer>
export type PingAsked = z.infer<typeof pingAsked>
export type Pinged = z.infer<typeof pinged>
export type PeerAsked = z.infer<typeof peerAsked>
export type PathView = z.infer<typeof path>
export type LinkMatrixView = z.infer<typeof linkMatrix>
export type LinkRowView = z.infer<typeof linkRow>
export type ExplanationView = z.infer<typeof explanation>
export type PublishAsked = z.infer<typeof publishAsked>
export type PublishedView = z.infer<typeof published>
export type BulletinView = z.infer<typeof bulletin>
export type Matching = z.infer<typeof matching>
export type Messages = z.infer<typeof messages>
export type BatchesMatching = z.infer<typeof batchesMatching>
export type PurgeAsked = z.infer<typeof purgeAsked>
export type Purged = z.infer<typeof purged>
export type TopicRow = z.infer<typeof topicRow>
export type GapView = z.infer<typeof gap>
export type LostView = z.infer<typeof lost>
export type SendAsked = z.infer<typeof sendAsked>
export type Sent = z.infer<typeof sent>
export type PrivateMessageView = z.infer<typeof privateMessage>
export type InboxAsked = z.infer<typeof inboxAsked>
export type InboxView = z.infer<typeof inbox>
export type InboxChanged = z.infer<typeof inboxChanged>
export type ContactView = z.infer<typeof contact>
export type ContactAsked = z.infer<typeof contactAsked>
export type ScheduleView = z.infer<typeof schedule>
export type ScheduleAsked = z.infer<typeof scheduleAsked>
export type ImportedView = z.infer<typeof imported>
export type WaitAsked = z.infer<typeof waitAsked>
export type ForgetAsked = z.infer<typeof forgetAsked>
export type Waited = z.infer<typeof waited>
export type Forgotten = z.infer<typeof forgotten>
