/** The verbs `contacts …`: names of one's own for peers, and gossipd's exchange of keys by hand. */
import type { ContactView } from '../../api/schemas.js'
import { OPTION_LIMITS } from '../../limits.js'
import { CONTACT_FLAG, given } from '../client-flags.js'
import { readTextFile } from '../config-file.js'
import { EXIT, usageError } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { addressCell, table } from '../table.js'
import { jsonText, quote } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

const STATES: Record<ContactView['state'], string> = {
  'awaiting-key': 'awaiting key',
  unmet: 'not met yet',
  ready: 'ready',
}

export const contactsAdd = verb({
  words: ['contacts', 'add'],
  purpose: 'give a peer a name, and print the key made for it',
  operands: [],
  flags: {
    name: CONTACT_FLAG,
    host: {
      kind: 'host', value: 'HOST', range: [1, OPTION_LIMITS.hostBytesMax],
      about: 'where it listens; keys are then exchanged by hand', fallback: '--peer',
    },
    port: {
      kind: 'whole', value: 'PORT', range: [1, 65_535], about: 'the port there', fallback: '--peer',
    },
    peer: {
      kind: 'identity', value: 'IDENTITY', about: 'its whole identity; no key is needed then',
      fallback: '--host and --port',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip contacts add --name alice --host 127.0.0.1 --port 8081',
      'give her the key that is printed, and ask for hers'],
    ['p2p-gossip contacts add --name bob --peer $(p2p-gossip id --key bob.key)', 'by identity'],
  ],
  act: async (settings, world) => {
    const { name = '', host, port, peer, json } = settings.values
    const hasAddress = host !== undefined && port !== undefined
    if (hasAddress === (peer !== undefined) || (host === undefined) !== (port === undefined)) {
      throw usageError('contacts add needs either --host and --port, or --peer')
    }
    const address = hasAddress
      ? host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      : undefined
    const added = await withNode(settings, world,
      node => node.addContact(given({ name, address, peer })))
    world.output.print(json === true ? jsonText(added) : afterAdding(added))
    return EXIT.fine
  },
})

/** The key as gossipd printed it, where one is to be exchanged: a person cuts it out. */
function afterAdding ({ name, exchangeKey, state }: ContactView): string {
  return exchangeKey === null || state !== 'awaiting-key'
    ? `${quote(name)} is ${STATES[state]}`
    : `Exchange key:\n${exchangeKey.trimEnd()}`
}

export const contactsSetKey = verb({
  words: ['contacts', 'set-key'],
  purpose: 'set the key that a contact gave',
  operands: [],
  flags: {
    name: CONTACT_FLAG,
    'pubkey-file': {
      kind: 'file', value: 'FILE', isNeeded: true, fallback: '',
      about: 'the public key in PEM that contacts add printed there',
    },
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip contacts set-key --name alice --pubkey-file alice.pub', 'then send to her'],
  ],
  act: async (settings, world) => {
    const { name = '', 'pubkey-file': file = '', json } = settings.values
    // The line `Exchange key:` may have come along.
    const pem = readTextFile(file, '--pubkey-file').replace(/^\s*Exchange key:\s*/, '')
    if (pem.trim() === '') throw usageError('--pubkey-file is empty; give a public key in PEM')
    const set = await withNode(settings, world, node => node.setContactKey(name, pem))
    world.output.print(json === true ? jsonText(set) : `${quote(name)} is ${STATES[set.state]}`)
    return EXIT.fine
  },
})

export const contactsList = verb({
  words: ['contacts', 'list'],
  purpose: 'list the contacts',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [['p2p-gossip contacts list', 'with their state and address']],
  act: async (settings, world) => {
    const { output, colours } = world
    const rows = await withNode(settings, world, node => node.contacts())
    output.print(settings.values.json === true
      ? jsonText({ contacts: rows })
      : await table(['contact', 'state', 'status', 'address', 'identity'], rows.map(row => [
        row.name, STATES[row.state], row.status ?? '', addressCell(row.address ?? ''),
        row.identity ?? '',
      ]), 'no contacts; add one with p2p-gossip contacts add', colours))
    return EXIT.fine
  },
})

export const contactsRemove = verb({
  words: ['contacts', 'remove'],
  purpose: 'remove a contact, and its key',
  operands: [],
  flags: { name: CONTACT_FLAG, node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [['p2p-gossip contacts remove --name alice', 'the peer stays a member']],
  act: async (settings, world) => {
    const { name = '', json } = settings.values
    await withNode(settings, world, node => node.removeContact(name))
    world.output.print(json === true ? jsonText({ removed: name }) : `removed ${quote(name)}`)
    return EXIT.fine
  },
})
