/**
 * What to say when a peer was named badly: who has such a name or such a beginning, and what to
 * give instead. Read next: `with-node.ts`.
 */
import type { Peer } from '../api/schemas.js'
import type { Api } from './api-door.js'
import { CliError, EXIT } from './exit-code.js'
import { quote } from './values.js'

/** More do not fit a line. */
const LISTED = 5
const ABOUT_PEERS = new Set(['peer-unknown', 'peer-ambiguous', 'contact-unknown'])

/** Calls; what the node did not understand of `asked` is explained with its list of peers. */
export async function advised<R> (
  node: Api, asked: string, call: () => Promise<R>,
): Promise<R> {
  try {
    return await call()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!ABOUT_PEERS.has(code)) throw error
    const meant = (await node.peers()).filter(peer => isMeant(peer, asked))
    if (meant.length === 0) throw error
    throw new CliError(EXIT.usage, adviceOn(code, asked, meant), error)
  }
}

function isMeant ({ id, name, contact }: Peer, asked: string): boolean {
  return contact === asked || name === asked || (asked.length >= 4 && id.startsWith(asked))
}

function adviceOn (code: string, asked: string, meant: readonly Peer[]): string {
  const listed = meant.slice(0, LISTED).map(({ id, address }) => `${id} at ${address}`)
  const more = meant.length > LISTED ? ` and ${meant.length - LISTED} more` : ''
  const list = listed.join(', ') + more
  if (code === 'peer-ambiguous') return `${quote(asked)} may be ${list}; give more of the identity`
  const [first] = meant
  return `${quote(asked)} is what others claim or a beginning, and proves nothing: ${list}. ` +
    'Give the whole identity of the one you mean, or make it a contact: ' +
    `p2p-gossip contacts add --name ${shellWord(asked)} --peer ${first?.id ?? 'IDENTITY'}`
}

function shellWord (text: string): string {
  return /^[\w.-]+$/.test(text) ? text : 'NAME'
}
