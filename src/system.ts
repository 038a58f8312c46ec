/**
 * The machine as this program meets it: its clocks, its timers, its randomness, its interfaces.
 * The only place of the house outside tls and store that asks Node for any of them.
 * Read next: `node.ts`, which is handed these.
 */
import { randomBytes } from 'node:crypto'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { HALLWAY_LIMITS } from './limits.js'
import type { Clock, Entropy } from './ports.js'

/** The real clocks. */
export function createSystemClock (): Clock {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    schedule: (delayMs, callback) => setTimeout(callback, delayMs),
    cancel: handle => { clearTimeout(handle as NodeJS.Timeout) },
    breathe: callback => { setImmediate(callback) },
  }
}

/** The operating system's randomness. */
export function createEntropy (): Entropy {
  return { bytes: count => randomBytes(count) }
}

/**
 * Where a node that listens at `host` can be dialled, `host:port`, best first, at most eight. For
 * `::` and `0.0.0.0`: the addresses of all interfaces, IPv4 first, then 127.0.0.1; link-local ones
 * (fe80::/10) are left out, they mean nothing on another machine. Else that host alone.
 */
export function interfaceAddresses (
  host: string, port: number, interfaces: Interfaces = networkInterfaces(),
): string[] {
  const isAnyV6 = isIpv6Any(host)
  if (host !== '0.0.0.0' && !isAnyV6) return [hostPort(host, port)]
  const reachable = Object.values(interfaces).flatMap(entries => entries ?? [])
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
  const v4 = reachable.filter(({ family }) => family === 'IPv4')
  const v6 = isAnyV6 ? reachable.filter(({ family }) => family === 'IPv6') : []
  const addresses = [...new Set([...v4, ...v6].map(({ address }) => address))]
  const others = addresses.slice(0, HALLWAY_LIMITS.ownAddressesMax - 1)
  return [...others, '127.0.0.1'].map(each => hostPort(each, port))
}

/** What `os.networkInterfaces` gives, as far as it is looked at. */
export type Interfaces = Readonly<Record<
  string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[] | undefined
>>

/** `::` however it is written. */
function isIpv6Any (host: string): boolean {
  return host.includes(':') && /^[0:]+$/.test(host)
}

function hostPort (host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
