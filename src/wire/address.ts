/**
 * `host:port` texts: reading, writing and judging them. Addresses travel and are compared as text,
 * `1.2.3.4:8080`, `[2001:db8::1]:8080` or `name.example:8080`.
 */
import { WIRE_LIMITS } from '../limits.js'
import { parseIdentity, type Identity } from './identity.js'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Where to dial, and who must answer. */
export interface ParsedTarget {
  readonly address: string
  readonly identity: Identity | null
}

/**
 * Reads `host:port`; null when it is not one (no port, port 0 or above 65535, bad host). The host
 * is canonical: lower case, IPv6 as RFC 5952 writes it, `::ffff:1.2.3.4` as IPv4.
 */
export function parseAddress (text: string): HostPort | null {
  if (text.length > WIRE_LIMITS.addressBytesMax || !/^[\x21-\x7e]+$/.test(text)) return null
  const found = /^(?:\[([^[\]@/]+)\]|([^:[\]@/]+)):([1-9]\d{0,4})$/.exec(text)
  if (found === null) return null
  const port = Number(found[3])
  if (port > 65_535) return null
  const v6 = found[1]
  if (v6 !== undefined) return isIpv6(v6) ? { host: canonicalHost(v6), port } : null
  const host = (found[2] ?? '').toLowerCase()
  return isIpv4(host) || isHostName(host) ? { host, port } : null
}

/** The canonical text of a host and a port; maps IPv4-in-IPv6 (`::ffff:1.2.3.4`) to IPv4. */
export function formatAddress (host: string, port: number): string {
  const plain = canonicalHost(host)
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

/** Reads `host:port` or `identity@host:port`; null when it is neither. */
export function parseTarget (text: string): ParsedTarget | null {
  const at = text.lastIndexOf('@')
  const where = parseAddress(text.slice(at + 1))
  if (where === null) return null
  const address = formatAddress(where.host, where.port)
  if (at < 0) return { address, identity: null }
  const identity = parseIdentity(text.slice(0, at))
  return identity === null ? null : { address, identity }
}

export function isIpv4 (host: string): boolean {
  const parts = host.split('.')
  return parts.length === 4 &&
    parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

/** An IPv6 literal without brackets, zone allowed. */
export function isIpv6 (host: string): boolean {
  return ipv6Words(host) !== null
}

/** True for 127.0.0.0/8, ::1 and `localhost` with whatever stands in front of it. */
export function isLoopback (host: string): boolean {
  const plain = canonicalHost(host)
  return (isIpv4(plain) && plain.startsWith('127.')) || /^::1(%|$)/.test(plain) ||
    /(^|\.)localhost\.?$/.test(plain)
}

/**
 * True when a learnt address may be dialled: not unspecified, not multicast or broadcast; loopback
 * only when it was learnt over loopback.
 */
export function isDialable (address: string, learntOverLoopback: boolean): boolean {
  const where = parseAddress(address)
  if (where === null) return false
  const { host } = where
  if (isLoopback(host)) return learntOverLoopback
  if (isIpv4(host)) {
    const first = Number(host.split('.')[0])
    return first !== 0 && first < 224
  }
  const words = ipv6Words(host)
  if (words === null) return true
  return words.some(word => word !== 0) && ((words[0] ?? 0) & 0xff00) !== 0xff00
}

/** One text per host, to compare texts. A zone keeps its case: it names an interface. */
function canonicalHost (host: string): string {
  const words = ipv6Words(host)
  if (words === null) return host.toLowerCase()
  const [high = 0, low = 0] = words.slice(6)
  if (words.slice(0, 5).every(word => word === 0) && words[5] === 0xffff) {
    return [high >>> 8, high & 255, low >>> 8, low & 255].join('.')
  }
  const zone = host.indexOf('%')
  return shortestIpv6(words) + (zone < 0 ? '' : host.slice(zone))
}

/** RFC 5952: the longest run of zeros, the first of equals, two words or more, becomes `::`. */
function shortestIpv6 (words: readonly number[]): string {
  const text = words.map(word => word.toString(16)).join(':')
  const runs = text.match(/\b0(?::0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => run.length > best.length ? run : best, '')
  if (longest === '') return text
  const at = text.search(new RegExp(`\\b${longest}\\b`))
  const before = text.slice(0, at).replace(/:$/, '')
  const after = text.slice(at + longest.length).replace(/^:/, '')
  return `${before}::${after}`
}

/** The eight words of an IPv6 literal, its zone left out; null when it is none. */
function ipv6Words (host: string): number[] | null {
  const found = /^([0-9a-fA-F:]*:)([0-9a-fA-F]*|[\d.]+)(?:%[\w.-]+)?$/.exec(host)
  if (found === null) return null
  const [, front = '', last = ''] = found
  let tail = last
  if (last.includes('.')) {
    if (!isIpv4(last)) return null
    const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number)
    tail = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  }
  const halves = (front + tail).split('::').map(half => half === '' ? [] : half.split(':'))
  if (halves.length > 2) return null
  const [head = [], rest] = halves
  const missing = 8 - head.length - (rest?.length ?? 0)
  if (rest === undefined ? missing !== 0 : missing < 1) return null
  const words = [...head, ...new Array<string>(missing).fill('0'), ...rest ?? []]
  return words.every(word => /^[0-9a-fA-F]{1,4}$/.test(word))
    ? words.map(word => parseInt(word, 16))
    : null
}

function isHostName (host: string): boolean {
  // A name whose last label is a number would be taken for an IPv4 address by resolvers.
  return host.length <= 253 &&
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/
      .test(host) &&
    !/(?:^|\.)\d+\.?$/.test(host)
}
