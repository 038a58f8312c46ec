/**
 * What to try when a peer has no link, by how the last attempt failed. Errors of attempts are texts
 * of `tls/dial.ts` and `core/membership.ts`; one that nobody here knows gets the advice for all.
 * Pure. Read next: `explain-words.ts`.
 */
import type { ExplanationView } from '../api/schemas.js'

/** Part of an attempt's error, and what helps. `where`: the address that failed, or its word. */
type Advice = readonly [error: RegExp, what: (where: string) => string]

const BY_ERROR: readonly Advice[] = [
  [/^this node refused the other: full|the roster is full/, () =>
    'this node takes no further link or member: give it a larger --max-links or --max-members.'],
  [/refused this node: full/, () =>
    'it takes no further link: give it a larger --max-links, or leave it so, messages go round.'],
  [/: clock-skew$/, () =>
    'the two clocks are more than a day apart: set the wrong one, and keep both by NTP.'],
  [/: network$/, () => 'it belongs to another network: give both the same --network.'],
  [/: version$/, () => 'it speaks another version of the protocol: update the older program.'],
  [/: admission$/, () => 'it lets strangers in under other rules: ask its operator.'],
  [/: banned$/, () => 'the two do not want each other: ask its operator.'],
  [/: (stale|replaced)$/, () =>
    'a newer run with the same key is known: look for a second machine that uses that key.'],
  [/: shutdown$/, () => 'it is leaving: start it again.'],
  [/\bthis node itself answers/, where =>
    `${where} leads back to this machine: correct its --advertise.`],
  [/ answers there$/, where =>
    `another identity answers at ${where}: a node restarted without --data is a new one. Ask its ` +
    'operator for p2p-gossip id.'],
  [/refuses connections|closed the connection/, where =>
    `nothing listens at ${where}: is p2p-gossip running there, and on that port? ` +
    'On that machine p2p-gossip status says both.'],
  [/did not (answer|accept)|no answer in time/, where =>
    `nothing comes back from ${where}: a firewall may drop it, or there is no route. Open that ` +
    'port there; if it is reached elsewhere, start it with --advertise HOST:PORT.'],
  [/\(E(NETUNREACH|HOSTUNREACH|NETDOWN|HOSTDOWN|ADDRNOTAVAIL)\)/, where =>
    `this machine has no route to ${where}: look at its network and its routes (ip route get).`],
  [/has no address/, () =>
    'its host name is not known here: correct its --advertise, or this machine\'s name server.'],
  [/TLS handshake|is refused:/, where =>
    `what listens at ${where} is no p2p-gossip, or something in between ends TLS.`],
]

/** What may help, most likely first; nothing while it is linked or has left. */
export function adviceOn (
  told: Pick<ExplanationView, 'status' | 'addresses' | 'isProven' | 'seenBy' | 'seek'>,
): string[] {
  const { status, addresses, isProven, seenBy, seek } = told
  if (status === 'linked' || status === 'left') return []
  const error = seek?.lastError ?? ''
  const where = addressIn(error) ?? addresses[0] ?? 'its address'
  const [, known] = BY_ERROR.find(([pattern]) => pattern.test(error)) ?? []
  const general = [
    ...(addresses.length === 0
      ? ['it tells no address: start it with --advertise HOST:PORT.']
      : []),
    ...(!isProven && seenBy.length === 0
      ? ['it may be gone for good, or never was: compare the identity with p2p-gossip id there.']
      : []),
  ]
  if (known !== undefined) return [known(where), ...general]
  // In a mesh of few links each it is as it should be.
  if (general.length > 0 || status === 'via') return general
  return ['look there whether it runs, and well: p2p-gossip doctor on that machine says so.']
}

/** The `host:port` that an error begins with. */
function addressIn (error: string): string | null {
  return /^(\S+:\d+):? /.exec(error)?.[1] ?? null
}
