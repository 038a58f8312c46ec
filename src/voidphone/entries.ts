/**
 * Members as the course's messages list them, 4 or 16 bytes and a port each; and which ones an
 * asker is told. Read next: `p2p-server.ts`.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { parseAddress, parseTarget, type PeerView } from '../index.js'

const V4_BYTES = 4
const V6_WORDS = 8

/** Who asks, and where it came in. IP addresses in canonical text, IPv4 never inside IPv6. */
export interface Asker {
  readonly ip: string
  /** Address of this machine that it connected to. */
  readonly here: string
}

/** 6 or 18 bytes of `host:port`; null for what has a name or a zone in the place of an address. */
export function addressBytes (address: string): Uint8Array | null {
  const where = parseAddress(address)
  if (where === null || where.host.includes('%')) return null
  const { host, port } = where
  const ip = isIPv4(host) ? host.split('.').map(Number) : isIPv6(host) ? bytesOfV6(host) : null
  return ip === null ? null : Uint8Array.of(...ip, port >>> 8, port & 255)
}

/** `host:port` of 6 or 18 bytes. With port 0 it is an address that nobody can dial. */
export function addressText (bytes: Uint8Array): string {
  const ipBytes = bytes.length - 2
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const port = view.getUint16(ipBytes)
  if (ipBytes === V4_BYTES) return `${bytes.subarray(0, ipBytes).join('.')}:${port}`
  const words = Array.from({ length: V6_WORDS }, (_, i) => view.getUint16(2 * i).toString(16))
  const text = `[${words.join(':')}]:${port}`
  return parseTarget(text)?.address ?? text
}

/**
 * What an asker is told: this node itself, then linked members, all of the family that it came by,
 * and nobody at its own address. Programs of one machine share an address: there this node cannot
 * tell the asker from others, and the asker leaves itself out.
 */
export function entriesFor (
  { ip, here }: Asker, port: number, peers: readonly PeerView[], most: number,
): string[] {
  const bytes = isIPv6(ip) ? 2 * V6_WORDS + 2 : V4_BYTES + 2
  const isNear = ip === here || ip.startsWith('127.') || ip === '::1'
  const own = isIPv6(here) ? `[${here}]:${port}` : `${here}:${port}`
  const linked = peers.filter(({ status }) => status === 'linked').map(({ address }) => address)
  return [...new Set([own, ...linked])]
    .filter(address => addressBytes(address)?.length === bytes)
    .filter(address => isNear || parseAddress(address)?.host !== ip)
    .slice(0, most)
}

function bytesOfV6 (host: string): number[] {
  const [head = [], tail] = host.split('::')
    .map(half => half === '' ? [] : half.split(':').map(word => parseInt(word, 16)))
  const zeros = V6_WORDS - head.length - (tail?.length ?? 0)
  const words = [...head, ...new Array<number>(zeros).fill(0), ...tail ?? []]
  return words.flatMap(word => [word >>> 8, word & 255])
}
