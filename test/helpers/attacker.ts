/**
 * A hostile peer on a real socket: a key of its own, able to greet as a member does or to send any
 * bytes at all. And the mesh that it is set upon: honest nodes which must not notice.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import tls from 'node:tls'
import type { Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import type { Notice } from '../../src/core/notice.js'
import type { At, Node, PortOverrides } from '../../src/node.js'
import type { NodeOptions } from '../../src/options.js'
import type { LogEntry, Transport } from '../../src/ports.js'
import { createIdentity, type IdentityFiles } from '../../src/tls/keys.js'
import { createSuite } from '../../src/tls/suite.js'
import { createTransport } from '../../src/tls/transport.js'
import { encodeFrame } from '../../src/wire/encode.js'
import type { Frame, Hello, UnknownFrame } from '../../src/wire/frame.js'
import { FrameReader } from '../../src/wire/reader.js'
import {
  encodeRecord, signedBytes, type MemberRecord, type SignedRecord,
} from '../../src/wire/record.js'
import { pause, until } from './processes.js'

export const HOST = '127.0.0.1'
export const NETWORK = networkHash('p2p-gossip')

export function networkHash (name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest())
}

/** An incarnation drawn now. */
export function incarnationNow (): number {
  return Date.now() * 1_024
}

/** Any tag, any body. */
export function rawFrame (tag: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(5 + body.length)
  bytes.writeUInt32BE(body.length + 1)
  bytes[4] = tag
  bytes.set(body, 5)
  return bytes
}

/** A record of `identity`, signed by it, with what a lie changes. */
export function recordOf (
  identity: IdentityFiles, changes: Partial<MemberRecord> = {}, network = NETWORK,
): SignedRecord {
  const body = encodeRecord({
    publicKey: identity.publicKey,
    incarnation: incarnationNow(),
    version: 1,
    issuedMs: Date.now(),
    state: 'up',
    name: '',
    addresses: [],
    tags: {},
    ephemeral: true,
    boxKey: null,
    ...changes,
  })
  const signature = createSuite(identity).sign(signedBytes('record', network, body))
  return { body, signature }
}

/** Records of strangers, each with a key of its own: cheap ones, patched into one body. */
export class Strangers {
  readonly #body: Uint8Array
  readonly #keyAt: number

  constructor (changes: Partial<MemberRecord> = {}) {
    const model = createIdentity('ed25519')
    this.#body = recordOf(model, changes).body
    this.#keyAt = Buffer.from(this.#body).indexOf(model.publicKey)
  }

  next (): SignedRecord {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    return this.#signed(publicKey.export({ format: 'der', type: 'spki' }), privateKey)
  }

  some (count: number): SignedRecord[] {
    return Array.from({ length: count }, () => this.next())
  }

  /** Keys and signatures that are none, and cost nothing to make. */
  forged (count: number): SignedRecord[] {
    return Array.from({ length: count }, () => {
      const body = this.#body.slice()
      body.set(randomBytes(32), this.#keyAt + 12)
      return { body, signature: new Uint8Array(randomBytes(64)) }
    })
  }

  #signed (spki: Uint8Array, key: KeyObject): SignedRecord {
    const body = this.#body.slice()
    body.set(spki, this.#keyAt)
    const signature = new Uint8Array(sign(null, signedBytes('record', NETWORK, body), key))
    return { body, signature }
  }
}

/** One `records` frame. */
export function recordsFrame (records: readonly SignedRecord[], linked = false): Uint8Array {
  return encodeFrame({ type: 'records', entries: records.map(record => ({ record, linked })) })
}

export interface Greeting {
  readonly hello?: Partial<Hello>
  readonly record?: Partial<MemberRecord>
}

export class Attacker {
  readonly identity: IdentityFiles
  readonly socket: tls.TLSSocket
  readonly frames: (Frame | UnknownFrame)[] = []
  bytesIn = 0
  #isOver = false
  #reader = new FrameReader(1 << 20)
  #beats: NodeJS.Timeout | null = null

  private constructor (identity: IdentityFiles, socket: tls.TLSSocket) {
    this.identity = identity
    this.socket = socket
    socket.on('error', () => {})
    socket.on('end', () => { this.#isOver = true })
    socket.on('close', () => { this.#end() })
    socket.on('data', (chunk: Buffer) => { this.#onBytes(chunk) })
  }

  /** TLS is up; nothing was said. Ends with the test. */
  static async connect (
    t: Test, port: number, identity = createIdentity('ed25519'),
    options: tls.ConnectionOptions = {},
  ): Promise<Attacker> {
    const { key, cert } = identity
    const socket = tls.connect({
      host: HOST, port, key, cert, ALPNProtocols: ['p2p-gossip/1'], rejectUnauthorized: false,
      ...options,
    })
    const attacker = new Attacker(identity, socket)
    t.teardown(() => { attacker.destroy() })
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')])
    return attacker
  }

  /** A member like any other, so far: greeted, with heartbeats. */
  static async member (
    t: Test, port: number, greeting: Greeting = {}, identity = createIdentity('ed25519'),
  ): Promise<Attacker> {
    const attacker = await Attacker.connect(t, port, identity)
    attacker.greet(greeting)
    await attacker.frame('welcome')
    attacker.beat()
    return attacker
  }

  /** True when the other end closed, or the connection is gone. */
  get isOver (): boolean {
    return this.#isOver
  }

  /** Hello and welcome in one go, true or false ones. */
  greet ({ hello, record }: Greeting = {}): void {
    const incarnation = hello?.incarnation ?? record?.incarnation ?? incarnationNow()
    this.hello({ incarnation, ...hello })
    this.say({ type: 'welcome', record: recordOf(this.identity, { incarnation, ...record }) })
  }

  hello (changes: Partial<Hello> = {}): void {
    this.say({
      type: 'hello',
      version: 1,
      network: NETWORK,
      admission: 'open',
      incarnation: incarnationNow(),
      wallMs: Date.now(),
      seenAt: null,
      linkless: true,
      ...changes,
    })
  }

  say (frame: Frame): void {
    this.send(encodeFrame(frame))
  }

  send (bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  /** Sends no faster than the other end reads. False when the link is over. */
  async flood (bytes: Uint8Array): Promise<boolean> {
    if (this.#isOver || this.socket.destroyed) return false
    if (this.socket.write(bytes)) {
      await new Promise(resolve => { setImmediate(resolve) })
      return !this.#isOver
    }
    await new Promise<void>(resolve => {
      const done = (): void => {
        this.socket.off('drain', done)
        this.socket.off('close', done)
        resolve()
      }
      this.socket.on('drain', done)
      this.socket.on('close', done)
    })
    return !this.#isOver
  }

  /** The signs of life of an honest member. */
  beat (): void {
    let sequence = 0
    this.#beats = setInterval(() => {
      sequence++
      this.say({
        type: 'heartbeat', sequence, echo: 0, heldTenthsMs: 0, ownHead: 0, storedHead: 0,
        wallMs: null,
      })
    }, 800)
  }

  /** Waits for a frame of this type. */
  async frame<T extends Frame['type']> (
    type: T, withinMs = 3_000,
  ): Promise<Extract<Frame, { type: T }>> {
    const isIt = (one: Frame | UnknownFrame): one is Extract<Frame, { type: T }> =>
      one.type === type
    let found: Extract<Frame, { type: T }> | undefined
    await until(() => (found = this.frames.find(isIt)) !== undefined, withinMs, `a ${type}`)
    if (found === undefined) throw new Error('never')
    return found
  }

  /** Resolves when the other end ended this link, with what it said of it, if it did. */
  async ended (withinMs = 4_000): Promise<string> {
    await until(() => this.#isOver, withinMs, 'the end of the offender')
    const last = this.frames.at(-1)
    return last?.type === 'error' ? `${last.code}: ${last.message}`
      : last?.type === 'refuse' ? `refuse ${last.code}` : ''
  }

  destroy (): void {
    this.#end()
    this.socket.destroy()
  }

  #end (): void {
    this.#isOver = true
    if (this.#beats !== null) clearInterval(this.#beats)
    this.#beats = null
  }

  #onBytes (chunk: Buffer): void {
    this.bytesIn += chunk.length
    this.#reader.push(chunk)
    for (;;) {
      const frame = this.#reader.next()
      if (frame === null || frame.type === 'refusal') return
      this.frames.push(frame)
      if (this.frames.length > 1_000) this.frames.splice(0, 500)
    }
  }
}

/** An honest node in this process, and all that it told. */
export class Honest {
  readonly node: Node
  readonly notices: At<Notice>[] = []
  readonly logs: LogEntry[] = []

  private constructor (node: Node, logs: LogEntry[]) {
    this.node = node
    this.logs = logs
    node.on('notice', notice => { this.notices.push(notice) })
  }

  static async start (
    t: Test, options: NodeOptions = {}, overrides: PortOverrides = {},
  ): Promise<Honest> {
    const logs: LogEntry[] = []
    const node = await createNode({ host: HOST, port: 0, periodMs: 200, ...options }, {
      log: entry => { logs.push(entry) }, ...overrides,
    })
    t.teardown(() => { node.destroy() })
    return new Honest(node, logs)
  }

  isLinkedWith (peer: string): boolean {
    return this.node.peers().some(({ id, status }) => id === peer && status === 'linked')
  }

  pingsOf (peer: string): number {
    return this.notices.filter(told => told.kind === 'ping' && told.peer === peer).length
  }

  /** True when it warned of anything but peers that broke the protocol. */
  hasWarned (): boolean {
    return this.notices.some(told => told.kind === 'warning' && told.code !== 'peer-protocol')
  }

  /** Why links with a peer ended, in order. */
  downs (peer: string): string[] {
    return this.notices.flatMap(told =>
      told.kind === 'link-down' && told.peer === peer ? [told.reason] : [])
  }
}

/** A victim and two honest members, all linked. */
export class Mesh {
  readonly victim: Honest
  readonly others: readonly Honest[]

  private constructor (victim: Honest, others: readonly Honest[]) {
    this.victim = victim
    this.others = others
  }

  static async start (
    t: Test, options: NodeOptions = {}, overrides: PortOverrides = {},
  ): Promise<Mesh> {
    const victim = await Honest.start(t, options, overrides)
    const connect = [`${HOST}:${victim.node.port}`]
    const others = [await Honest.start(t, { connect }), await Honest.start(t, { connect })]
    const mesh = new Mesh(victim, others)
    await until(() => mesh.isWhole, 8_000, 'the mesh')
    return mesh
  }

  get port (): number {
    return this.victim.node.port
  }

  get all (): Honest[] {
    return [this.victim, ...this.others]
  }

  get isWhole (): boolean {
    return this.all.every(one => this.all.every(other =>
      one === other || one.isLinkedWith(other.node.id)))
  }

  /** No honest link ended, and every member is pinged by every other after now. */
  async isUnharmed (t: Test, withinMs = 4_000): Promise<void> {
    const pairs = this.all.flatMap(one => this.all.filter(other => other !== one)
      .map(other => ({ one, peer: other.node.id })))
    const before = pairs.map(({ one, peer }) => one.pingsOf(peer))
    await until(() => pairs.every(({ one, peer }, i) => one.pingsOf(peer) > (before[i] ?? 0) + 1),
      withinMs, 'pings among the honest')
    t.ok(this.isWhole, 'the honest are linked')
    t.same(pairs.flatMap(({ one, peer }) => one.downs(peer)), [], 'and were all the time')
  }
}

/** An identity that `than` dials at once, being the smaller of the pair. */
export function identityAbove (than: string): IdentityFiles {
  for (;;) {
    const identity = createIdentity('ed25519')
    if (identity.id > than) return identity
  }
}

/** The real transport of an identity, which notes every address that is dialled. */
export function notingTransport (identity: IdentityFiles, dialled: string[]): Transport {
  const real = createTransport(identity)
  return {
    listen: (options, opened) => real.listen(options, opened),
    dial: (options, signal) => {
      dialled.push(options.address)
      return real.dial(options, signal)
    },
  }
}

export { pause, until }
