/** One frame of each kind and more, as material for the tests of this room. */
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import type { Frame, Heartbeat, Hello, Refuse } from '../../src/wire/frame.js'
import type { MemberRecord } from '../../src/wire/record.js'

export function bytesOf (length: number, fill = 7): Uint8Array {
  return new Uint8Array(length).fill(fill)
}

export function fromHex (hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s+/g, ''), 'hex'))
}

export function toHex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function identityOf (fill: number): Identity {
  return identityFromHash(bytesOf(32, fill))
}

export const HELLO: Hello = {
  type: 'hello',
  version: 1,
  network: bytesOf(32),
  admission: 'open',
  incarnation: Number.MAX_SAFE_INTEGER,
  wallMs: 1_800_000_000_000,
  seenAt: '192.0.2.1:8080',
  linkless: false,
}

export const REFUSE: Refuse = {
  type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: ['[2001:db8::1]:1'],
}

export const HEARTBEAT: Heartbeat = {
  type: 'heartbeat',
  sequence: 0xffff_ffff,
  echo: 1,
  heldTenthsMs: 2,
  ownHead: 3,
  storedHead: 4,
  wallMs: null,
}

export const SIGNED = { body: bytesOf(300), signature: bytesOf(64, 9) }

export const RECORD: MemberRecord = {
  publicKey: bytesOf(44),
  incarnation: 1_843_200_000_000_005,
  version: 1,
  issuedMs: 1_800_000_000_000,
  state: 'up',
  name: 'ada',
  addresses: ['192.0.2.7:8080', '[2001:db8::7]:8080', 'ada.example:8080'],
  tags: { role: 'web' },
  ephemeral: false,
  boxKey: bytesOf(32),
}

const row = { identity: identityOf(1), incarnation: 5, version: 0xffff_ffff }

export const FRAMES: readonly Frame[] = [
  HELLO,
  { ...HELLO, seenAt: null, admission: 'invite', linkless: true, incarnation: 0 },
  { type: 'welcome', record: SIGNED },
  REFUSE,
  { ...REFUSE, code: 'stale', record: SIGNED, others: [] },
  { type: 'roster-digest', hash: bytesOf(32), rows: null, answer: false },
  { type: 'roster-digest', hash: bytesOf(32), rows: [], answer: true },
  { type: 'roster-digest', hash: bytesOf(32), rows: [row, row], answer: false },
  { type: 'records', entries: [] },
  {
    type: 'records',
    entries: [{ record: SIGNED, linked: true }, { record: SIGNED, linked: false }],
  },
  { type: 'alive', members: [] },
  { type: 'alive', members: [{ identity: identityOf(255), incarnation: Number.MAX_SAFE_INTEGER }] },
  HEARTBEAT,
  { ...HEARTBEAT, wallMs: Number.MAX_SAFE_INTEGER },
  { type: 'ping', sequence: 1, text: '' },
  { type: 'ping', sequence: 2, text: '\ufeffgrüezi \u0007👋' },
  { type: 'leave', record: SIGNED },
  { type: 'error', code: 'protocol', message: 'no' },
]
