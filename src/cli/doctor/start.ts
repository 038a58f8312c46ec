/**
 * What a start with these settings would meet: the port, the addresses to join through, the one to
 * be dialled at. Nothing is left behind. Read next: `dialling.ts`; `files.ts` for keys and data.
 */
import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { DEFAULTS } from '../../options.js'
import { parseAddress, parseTarget, type ParsedTarget } from '../../wire/address.js'
import { shortIdentity, type Identity } from '../../wire/identity.js'
import { ok, skipped, warning, wrong, type Check } from './check.js'
import { plausibleClock } from './clock.js'
import type { Dialler } from './dialling.js'
import type { DoctorSettings } from './settings.js'

/** `own`: the identity that the node would have, where that is known. */
export async function startChecks (
  settings: DoctorSettings, own: Identity | null, dialler: Dialler,
): Promise<Check[]> {
  const { port = DEFAULTS.port, host = DEFAULTS.host, connect = [], advertise = [] } =
    settings.values
  const targets = connect.map(text => parseTarget(text)).filter(target => target !== null)
  const [ports, advertised, connects] = await Promise.all([
    portCheck({ host, port }, own, dialler),
    Promise.all(advertise.map(address => advertiseCheck(address, own, dialler))),
    Promise.all(targets.map(target => connectCheck(target, own, dialler))),
  ])
  return [
    ports,
    ...(advertised.length > 0 ? advertised : [ok('advertise', 'the addresses of this machine')]),
    ...(connects.length > 0 ? connects : [ok('connect', 'no address to join through is given')]),
    plausibleClock(),
    skipped('event-loop', 'no node runs'),
  ]
}

/** Opened and closed again: nothing else tells whether it can be. */
async function portCheck (
  { host, port }: { readonly host: string, readonly port: number }, own: Identity | null,
  dialler: Dialler,
): Promise<Check> {
  if (port === 0) return ok('port', 'a free one is taken')
  const code = await openOnce(host, port)
  const where = host === '::' || host === '0.0.0.0' ? '' : ` of ${host}`
  switch (code) {
    case null: return ok('port', `port ${port}${where} is free`)
    case 'EADDRINUSE': {
      const answer = await dialler.dial(dialledAt(host, port))
      if (answer.kind !== 'answered') {
        return wrong('port', `port ${port}${where} is taken by another program`,
          'stop what listens there, or give another --port; 0 takes a free one')
      }
      const who = shortIdentity(answer.peer)
      if (answer.peer === own) {
        return warning('port', `port ${port}${where} is taken by ${who}, the node of this key`,
          'it runs already, for another user or without --control: doctor --node or --socket ' +
          'asks it')
      }
      return wrong('port', `port ${port}${where} is taken by another node, ${who}`,
        'stop it, or give another --port; 0 takes a free one')
    }
    case 'EACCES':
      return wrong('port', `port ${port}${where} may not be opened by this user`,
        'give a --port above 1023')
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return wrong('port', `${host} is no address of this machine`,
        'give --host one of its addresses, or leave it out')
    default:
      return wrong('port', `port ${port}${where} cannot be opened (${code})`,
        'give another --port or --host')
  }
}

/** The error's code, or null when it could be opened. */
async function openOnce (host: string, port: number): Promise<string | null> {
  const code = await new Promise<string | null>(resolve => {
    const server = createServer()
    server.once('error', error => { resolve('code' in error ? String(error.code) : 'unknown') })
    server.listen({ host, port }, () => { server.close(() => { resolve(null) }) })
  })
  // As the node does where the machine has no IPv6.
  const isWithoutIpv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
  return host === '::' && isWithoutIpv6 ? openOnce('0.0.0.0', port) : code
}

function dialledAt (host: string, port: number): string {
  if (host === '::' || host === '0.0.0.0') return `127.0.0.1:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An address to join through: who answers there, and is it who shall? */
export async function connectCheck (
  { address, identity }: Pick<ParsedTarget, 'address' | 'identity'>, own: Identity | null,
  dialler: Dialler,
): Promise<Check> {
  const answer = await dialler.dial(address)
  if (answer.kind === 'late') return skipped('connect', `no time was left to dial ${address}`)
  if (answer.kind === 'failed') {
    return wrong('connect', answer.why.includes(address) ? answer.why : `${address}: ${answer.why}`,
      'start a node there, correct --connect, or look at firewalls on the way')
  }
  const who = shortIdentity(answer.peer)
  if (identity !== null && answer.peer !== identity) {
    return wrong('connect', `${address} answers as ${answer.peer}, not as ${identity}`,
      'ask the operator of that machine; do not go on before the identities agree')
  }
  return ok('connect', answer.peer === own
    ? `${address} is this node itself`
    : `${address} answers as ${who}`)
}

async function advertiseCheck (
  address: string, own: Identity | null, dialler: Dialler,
): Promise<Check> {
  const { host = '' } = parseAddress(address) ?? {}
  const found = await dialler.inTime(lookup(host, { all: true }).catch(() => []))
  if (found === null) return skipped('advertise', `no time was left to ask for ${host}`)
  if (found.length === 0) {
    return wrong('advertise', `the name in ${address} is not known here`,
      'correct --advertise, or the name server')
  }
  const local = new Set(Object.values(networkInterfaces())
    .flatMap(entries => (entries ?? []).map(entry => entry.address)))
  if (found.some(each => local.has(each.address))) {
    return ok('advertise', `${address} is an address of this machine`)
  }
  const answer = await dialler.dial(address)
  if (answer.kind === 'answered' && answer.peer !== own) {
    return wrong('advertise', `${address} belongs to ${shortIdentity(answer.peer)}`,
      'give --advertise an address that leads to this machine')
  }
  return warning('advertise', `${address} is none of this machine's addresses`,
    'fine behind a port mapping: run doctor again when the node runs, it dials that address then')
}
