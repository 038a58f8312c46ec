/** Nodes with contacts, stores that keep what a test wants, and what lies in a node's stores. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Node } from '../../src/node.js'
import type { LogEntry, Store } from '../../src/ports.js'
import { EMPTY } from '../contract/store.js'
import { until } from './loopback-nodes.js'

/** A store that keeps nothing, but for what is given. */
export function storeOf (given: Partial<Store> = {}): Store {
  return {
    load: async () => EMPTY,
    putMember: async () => {},
    putIncarnation: async () => {},
    putDeliveryCodes: async () => {},
    putBoxKey: async () => {},
    putContact: async () => {},
    putLetter: async () => {},
    putSchedule: async () => {},
    close: async () => {},
    ...given,
  }
}

/** `one` calls the other `name`, with its address or without. Its exchange key for the other. */
export async function addContact (
  one: Node, name: string, other: Node, withAddress = true,
): Promise<string> {
  const where = withAddress ? { address: other.address } : {}
  const { exchangeKey } = await one.contacts.add({ name, ...where })
  return exchangeKey ?? ''
}

/** Both are contacts of each other, met, by the names they are given. */
export async function meet (
  one: Node, nameOfOther: string, other: Node, nameOfOne: string,
): Promise<void> {
  const forOther = await addContact(one, nameOfOther, other)
  const forOne = await addContact(other, nameOfOne, one)
  await one.contacts.setKey(nameOfOther, forOne)
  await other.contacts.setKey(nameOfOne, forOther)
  await until(() => isReady(one, nameOfOther) && isReady(other, nameOfOne))
}

export function isReady (node: Node, name: string): boolean {
  return node.contacts.get(name)?.state === 'ready'
}

/** Texts of the letters at a node. */
export function textsAt (node: Node): (string | null)[] {
  return node.inbox().map(({ text }) => text)
}

/** All bytes of all files below a directory. */
export function bytesBelow (directory: string): Buffer {
  return Buffer.concat(readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name))))
}

/** A log, and what was said in it about letters that were not taken. */
export function watched (): { log: (entry: LogEntry) => void, dropped: string[] } {
  const dropped: string[] = []
  return {
    log: ({ area, message }) => {
      if (area === 'private') dropped.push(message)
    },
    dropped,
  }
}
