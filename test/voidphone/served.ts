/** Nodes in this process that serve Voidphone, and clients of them. */
import type { Test } from 'tap'
import type { Node } from '../../src/node.js'
import {
  serveVoidphone, VoidphoneClient, type Notification, type VoidphoneOptions, type VoidphoneServer,
} from '../../src/voidphone/index.js'
import { startLinked } from '../helpers/loopback-nodes.js'

export interface Served {
  readonly node: Node
  readonly server: VoidphoneServer
  readonly api: string
}

/** A node that is linked with `others` and serves modules. Proofs of work take 8 bits. */
export async function startServed (
  t: Test, others: readonly Served[], options: VoidphoneOptions = {},
): Promise<Served> {
  const node = await startLinked(t, others.map(other => other.node))
  const server = await serveVoidphone(node, { api: '127.0.0.1:0', ...options }, {
    log: () => {}, proofBits: 8,
  })
  t.teardown(() => server.close())
  return { node, server, api: server.api ?? '' }
}

/** Three nodes that are linked with each other. */
export async function startThree (
  t: Test, options: VoidphoneOptions = {},
): Promise<[Served, Served, Served]> {
  const one = await startServed(t, [], options)
  const two = await startServed(t, [one], options)
  return [one, two, await startServed(t, [one, two], options)]
}

export async function connectClient (t: Test, { api }: Served): Promise<VoidphoneClient> {
  const client = await VoidphoneClient.connect(api)
  t.teardown(() => { client.close() })
  return client
}

export function textOf ({ data }: Pick<Notification, 'data'>): string {
  return new TextDecoder().decode(data)
}

/** A module that answers all it is asked as `judge` says (null: not at all); what it was asked. */
export async function startModule (
  t: Test, served: Served, type: number, judge: (text: string) => boolean | null = () => true,
): Promise<{ readonly client: VoidphoneClient, readonly asked: string[] }> {
  const client = await connectClient(t, served)
  const asked: string[] = []
  await client.notify(type)
  void (async () => {
    for await (const notification of client) {
      const text = textOf(notification)
      asked.push(text)
      const verdict = judge(text)
      if (verdict !== null) await client.validate(notification, verdict).catch(() => {})
    }
  })()
  return { client, asked }
}
