/**
 * Twelve real processes in network namespaces, two of which cannot reach each other: what they
 * publish, their pings and private messages go over the others, `explain` says why, and the direct
 * link returns by itself.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { programPath } from '../../examples/demo/program-process.js'
import type { GroundNode } from '../helpers/grounds/ground.js'
import { openNamespaces, type Namespaces } from '../helpers/grounds/namespaces.js'
import { isFullMesh, linesOf, retriedOnce, until } from '../helpers/processes.js'
import { shortDirectory } from '../helpers/short-directory.js'

const NODES = 12
const FORM_MAX_MS = 20_000
/** Silence is judged at 3.5 s. */
const NOTICE_MAX_MS = 8_000
/** P3: through relays. */
const RELAYED_MAX_MS = 15_000
/** P2, after a cut of less than a minute. */
const HEAL_MAX_MS = 10_000
const TEST_MAX_MS = 240_000
const run = promisify(execFile)

class Dozen {
  readonly nodes: GroundNode[] = []
  readonly #ground: Namespaces
  readonly #folder: string

  constructor (ground: Namespaces, folder: string) {
    this.#ground = ground
    this.#folder = folder
  }

  async form (): Promise<void> {
    for (let i = 0; i < NODES; i++) {
      const [first] = this.nodes
      this.nodes.push(await this.#ground.start({
        name: `n${i}`, side: i % 2 === 0 ? 'left' : 'right',
        connect: first === undefined ? [] : [first.address],
        flags: ['--period', '1', '--subscribe', 'apart', '--socket', this.#socket(i)],
      }))
    }
    const isWhole = (): boolean => isFullMesh(this.nodes.map(({ program }) => program))
    await until(isWhole, FORM_MAX_MS, 'full mesh')
  }

  /** What a verb prints about, or does at, one of the nodes. */
  async verb (node: number, ...words: string[]): Promise<string> {
    const command = [programPath(), ...words, '--node', this.#socket(node)]
    const { stdout } = await run(process.execPath, command, { timeout: 20_000 })
    return stdout
  }

  #socket (node: number): string {
    return join(this.#folder, `${node}.sock`)
  }
}

function heard (node: GroundNode, text: string): boolean {
  return linesOf(node.program, 'bulletin').some(line => line.text === text)
}

async function overOthers (t: Test, dozen: Dozen, a: GroundNode, b: GroundNode): Promise<void> {
  const startMs = performance.now()
  await dozen.verb(0, 'publish', '--topic', 'apart', 'from a')
  await dozen.verb(1, 'publish', '--topic', 'apart', 'from b')
  await until(() => dozen.nodes.every(node =>
    (node === a || heard(node, 'from a')) && (node === b || heard(node, 'from b'))),
  RELAYED_MAX_MS, 'bulletins both ways')
  const tookMs = Math.round(performance.now() - startMs)
  t.comment(`bulletins both ways after ${tookMs} ms, two starts of a verb among them`)
  const [beforeA, beforeB] = [a.program.lines.length, b.program.lines.length]
  await until(() => linesOf(a.program, 'ping', b.program, beforeA).length > 0 &&
    linesOf(b.program, 'ping', a.program, beforeB).length > 0, RELAYED_MAX_MS, 'pings both ways')
  t.match(JSON.parse(await dozen.verb(0, 'ping', b.program.id, '--json')), { peer: b.program.id })
  await dozen.verb(0, 'send', '--to', b.program.id, 'only for b')
  await dozen.verb(1, 'send', '--to', a.program.id, 'only for a')
  await until(() => linesOf(b.program, 'message').some(line => line.text === 'only for b') &&
    linesOf(a.program, 'message').some(line => line.text === 'only for a'),
  RELAYED_MAX_MS, 'private messages both ways')
  t.pass('private messages both ways')
}

t.test('two of twelve that cannot reach each other', { timeout: TEST_MAX_MS }, async t => {
  const ground = await openNamespaces()
  if (typeof ground === 'string') {
    t.plan(0, ground)
    return
  }
  t.teardown(() => ground.close())
  const dozen = new Dozen(ground, shortDirectory(t))
  await dozen.form()
  const [a, b] = dozen.nodes as [GroundNode, GroundNode]
  await ground.setApart(a.address, b.address, true)
  await until(() => !a.program.linked.has(b.program.id) && !b.program.linked.has(a.program.id),
    NOTICE_MAX_MS, 'both notice')
  await retriedOnce(t, async t => { await overOthers(t, dozen, a, b) })
  const words = await dozen.verb(0, 'explain', b.program.id)
  t.comment(words)
  t.match(words, /hold a link with it/, 'explain says who sees it')
  t.match(words, /n\d/, 'by name')
  await ground.setApart(a.address, b.address, false)
  const tookMs = await until(() => a.program.linked.has(b.program.id) &&
    b.program.linked.has(a.program.id), HEAL_MAX_MS, 'the direct link returns')
  t.pass(`the direct link returned after ${Math.round(tookMs)} ms`)
  t.comment(`the direct link returned after ${Math.round(tookMs)} ms`)
})
