/** The first example of every verb's help works as it is printed, in a shell, with real nodes. */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { serveNode } from '../../src/api/server.js'
import { RUN, VERBS } from '../../src/cli/registry.js'
import { nameOf, type Verb } from '../../src/cli/verb.js'
import type { Node } from '../../src/node.js'
import { isLinked, startLinked, until } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'
import { ROOT } from '../helpers/sources.js'
import { Program } from './program.js'

interface Served {
  /** What `--node` takes. */
  readonly node: string
  /** Where the examples run. */
  readonly folder: string
}

/** A node that is served, and bob and alice, linked with it. */
class Scene implements Served {
  readonly folder: string
  readonly node: string
  readonly #served: Node
  readonly #alice: Node

  private constructor (folder: string, socket: string, served: Node, alice: Node) {
    this.folder = folder
    this.node = socket
    this.#served = served
    this.#alice = alice
  }

  static async open (t: Test): Promise<Scene> {
    const folder = shortDirectory(t)
    const bob = await startLinked(t, [], { name: 'bob' })
    const alice = await startLinked(t, [bob], { name: 'alice' })
    const served = await startLinked(t, [bob, alice], { name: 'dave' })
    const { socket } = await serveNode(served, {
      version: '1.2.3', log: () => {}, environment: { XDG_RUNTIME_DIR: folder },
    })
    const { exchangeKey } = await alice.contacts.add({ name: 'dave', peer: served.id })
    writeFileSync(join(folder, 'alice.pub'), exchangeKey ?? '')
    await served.contacts.add({ name: 'alice', peer: alice.id })
    return new Scene(folder, socket ?? '', served, alice)
  }

  /** What an example takes for granted; gives the line as it is to be typed. */
  async prepare (name: string, line: string): Promise<string> {
    const { contacts, schedules } = this.#served
    if (name === 'contacts add') await contacts.remove('alice')
    if (name === 'schedule remove') return line.replace(/\S+$/, schedules.list()[0]?.id ?? '')
    if (name === 'forget') {
      await contacts.add({ name: 'alice', peer: this.#alice.id })
      this.#alice.destroy()
      await until(() => !isLinked(this.#served, this.#alice))
    }
    return line
  }
}

/** Runs a line in bash, where `p2p-gossip` is the built program; Ctrl-C after a text. */
async function shell (
  line: string, { node, folder }: Served, after?: { readonly text: RegExp },
): Promise<{ code: number | null, text: string }> {
  const path = join(folder, 'bin')
  mkdirSync(path, { recursive: true })
  const program = join(path, 'p2p-gossip')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}bin/p2p-gossip.js' "$@"\n`)
  chmodSync(program, 0o755)
  const environment = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^(P2P_GOSSIP_|DEBUG|NODE_|_?TAP)/.test(name)))
  const child = spawn('bash', ['-c', line], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...environment, PATH: `${path}:${process.env['PATH'] ?? ''}`, P2P_GOSSIP_NODE: node,
      DEBUG: 'off',
    },
  })
  let text = ''
  const read = (chunk: Buffer): void => {
    text += chunk.toString()
    if (after?.text.test(text) === true) child.kill('SIGINT')
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const code = await new Promise<number | null>(resolve => { child.once('close', resolve) })
  return { code, text }
}

/** In the order of the registry, but what takes members away, and ends the node, comes last. */
function inOrder (verbs: readonly Verb[]): Verb[] {
  const rank = (verb: Verb): number => ['forget', 'leave'].indexOf(nameOf(verb))
  return [...verbs].sort((one, other) => rank(one) - rank(other))
}

t.test('the first example of every verb works', async t => {
  const scene = await Scene.open(t)
  for (const verb of inOrder(VERBS.filter(verb => verb !== RUN))) {
    const line = await scene.prepare(nameOf(verb), verb.examples[0][0])
    const after = nameOf(verb) === 'subscribe' ? { text: /hello world/ } : undefined
    const { code, text } = await shell(after === undefined ? line : `exec ${line}`, scene, after)
    t.equal(code, 0, `${line}: ${text}`)
  }
})

t.test('the first example of run works, with a port that is free', async t => {
  const program = new Program([], {
    P2P_GOSSIP_PORT: '0', P2P_GOSSIP_HOST: '127.0.0.1', DEBUG: 'off',
  })
  await program.line(/^join with /)
  t.match(await program.stop('SIGINT'), { code: 0, stderr: '' })
})

t.test('p2p-gossiprc sets up a node and the verbs that talk to it', async t => {
  const served = { node: '', folder: shortDirectory(t) }
  const file = join(served.folder, 'p2p-gossiprc')
  copyFileSync(`${ROOT}examples/p2p-gossiprc`, file)
  const { text } = await shell(
    'HOME=/tmp/x; . ./p2p-gossiprc && env | grep ^P2P_GOSSIP_ | grep -v NODE= | sort', served)
  t.same(text.trimEnd().split('\n'), [
    'P2P_GOSSIP_DATA=/tmp/x/.p2p-gossip', 'P2P_GOSSIP_HOST=127.0.0.1', 'P2P_GOSSIP_NAME=sina',
    'P2P_GOSSIP_PORT=5555',
  ])
  const asked = await shell(
    `unset P2P_GOSSIP_NODE; export XDG_RUNTIME_DIR='${served.folder}' HOME='${served.folder}'; ` +
    '. ./p2p-gossiprc && p2p-gossip status', served)
  t.match(asked, { code: 3, text: /^p2p-gossip: P2P_GOSSIP_PORT: no running node is "5555"; none/ })
  const run = await shell(
    `HOME='${served.folder}'; . ./p2p-gossiprc && P2P_GOSSIP_PORT=0 exec p2p-gossip --json`,
    served, { text: /"listening"/ })
  t.match(run, { code: 0, text: /^\{[^\n]*"address":"127\.0\.0\.1:\d+"/ })
})
