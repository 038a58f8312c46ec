/**
 * What nothing can be faster than that uses Node's TLS: TLS 1.3 with both certificates, an author
 * that writes each frame to every subscriber, no signatures, no log. Subscribers cut frames out and
 * keep a copy of each. Frames: u32 length, content.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { createIdentity } from '../src/index.js'
import type { Party, Taker } from './party.js'

const HOST = '127.0.0.1'
const LENGTH_BYTES = 4
/** The author waits for whoever is so far behind. */
const BEHIND_BYTES = 1_048_576

export async function bareParty (address: string | null, taker: Taker | null): Promise<Party> {
  const sockets = new Set<TLSSocket>()
  const greet = (socket: TLSSocket): void => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => { sockets.delete(socket) })
    if (taker !== null) takeFrames(socket, taker)
  }
  const { key, cert } = createIdentity('ed25519')
  const options = { key, cert, minVersion: 'TLSv1.3', rejectUnauthorized: false } as const
  if (address !== null) {
    const [, port] = address.split(':')
    const socket = connect({
      ...options, host: HOST, port: Number(port), checkServerIdentity: () => undefined,
    })
    await once(socket, 'secureConnect')
    greet(socket)
    return partyOf(address, sockets)
  }
  const server = createServer({ ...options, requestCert: true }, greet)
  await new Promise<void>(resolve => { server.listen(0, HOST, resolve) })
  return partyOf(`${HOST}:${(server.address() as AddressInfo).port}`, sockets)
}

function partyOf (address: string, sockets: ReadonlySet<TLSSocket>): Party {
  const send = async (content: Uint8Array): Promise<void> => {
    const frame = frameOf(content)
    let isBehind = false
    for (const socket of sockets) {
      socket.write(frame)
      isBehind ||= socket.writableLength > BEHIND_BYTES
    }
    if (isBehind) await Promise.all([...sockets].map(caughtUp))
  }
  return {
    address,
    linked: () => sockets.size,
    send,
    async burst (contents) {
      for (const content of contents) await send(content)
    },
  }
}

async function caughtUp (socket: TLSSocket): Promise<void> {
  if (socket.writableNeedDrain) await once(socket, 'drain')
}

function frameOf (content: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + content.length)
  frame.writeUInt32BE(content.length)
  frame.set(content, LENGTH_BYTES)
  return frame
}

function takeFrames (socket: TLSSocket, { taken, stored }: Taker): void {
  const kept: Uint8Array[] = []
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      const content = new Uint8Array(bytes.subarray(at + LENGTH_BYTES, end))
      kept.push(content)
      taken(content)
      stored(1)
      at = end
    }
    rest = bytes.subarray(at)
  })
}
