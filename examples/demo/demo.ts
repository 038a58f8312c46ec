/**
 * `npm run demo`: five real nodes form a mesh; it is cut in two and grows on both sides; it heals.
 * Each node is a process of its own, TLS and all, on loopback. Ends by itself in under a minute,
 * with exit code 0 when all seven nodes were linked with all others.
 */
import { NodeProcess, type Line } from './node-process.js'

const nodes: NodeProcess[] = []
const sides = new Map<string, 'left' | 'right'>()
let isCutNow = false
/** Pings still to be shown. */
let showPings = 0
const startMs = performance.now()

const isCut = (from: string, to: string): boolean =>
  isCutNow && sides.get(from) !== sides.get(to)

try {
  await play()
} catch (error) {
  say(`failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  for (const node of nodes) node.onLine = null
  await Promise.all(nodes.map(node => node.stop()))
}

async function play (): Promise<void> {
  title('Five nodes. Each but the first knows one member only: the first.')
  const first = await start('anna', 'left', [])
  for (const name of ['ben', 'cleo']) await start(name, 'left', [first])
  for (const name of ['dora', 'emil']) await start(name, 'right', [first])
  await untilLinked(nodes, 15_000)
  say(`every node is linked with every other: ${nodes.length} nodes, ${pairs(nodes)} links`)

  title('Pings: every node to every other, each second.')
  showPings = 8
  await seconds(2.5)

  title('The cable is cut: anna, ben and cleo | dora and emil.')
  showPings = 0
  setCut(true)
  await untilSidesAreWhole('both halves notice')
  say('both halves noticed; each goes on by itself')

  title('A newcomer on each side of the cut: fred joins through cleo, gwen through emil.')
  await start('fred', 'left', [byName('cleo')])
  await start('gwen', 'right', [byName('emil')])
  await untilSidesAreWhole('both halves grow')
  say('fred and gwen have never heard of each other')

  title('The cable is mended.')
  const mendedMs = performance.now()
  setCut(false)
  await untilLinked(nodes, 20_000)
  const tookMs = performance.now() - mendedMs
  await seconds(1)
  matrix()
  const isWhole = nodes.every(node => node.linked.size === nodes.length - 1)
  if (!isWhole) throw new Error('the mesh did not stay whole')
  const took = (tookMs / 1_000).toFixed(1)
  title(`All ${nodes.length} are linked with all, ${took} s after the mending.`)
}

async function start (
  name: string, side: 'left' | 'right', through: readonly NodeProcess[],
): Promise<NodeProcess> {
  const host = `127.0.0.${11 + nodes.length}`
  sides.set(host, side)
  const connect = through.map(({ proxy }) => proxy.address)
  const node = await NodeProcess.start({ name, host, connect, isCut, flags: ['--period', '1'] })
  node.onLine = line => { show(node, line) }
  nodes.push(node)
  const joins = through[0] === undefined ? '' : `, joins through ${through[0].name}`
  say(`${name} is ${node.id.slice(0, 10)}${joins}`)
  return node
}

function show (node: NodeProcess, line: Line): void {
  const peer = nodes.find(({ id }) => id === line.peer)?.name ?? line.peer?.slice(0, 10) ?? ''
  if (line.kind === 'link-down') say(`${node.name} lost ${peer} (${line.reason ?? ''})`)
  if (line.kind === 'warning') say(`${node.name}: ${line.message ?? ''}`)
  if (line.kind === 'ping' && showPings > 0) {
    showPings--
    const rtt = typeof line.rttMs === 'number' ? `, ${line.rttMs} ms` : ''
    say(`${node.name} got "${line.text ?? ''}" from ${peer}${rtt}`)
  }
}

function setCut (cut: boolean): void {
  isCutNow = cut
  for (const { proxy } of nodes) proxy.apply()
}

function sideOf (node: NodeProcess): NodeProcess[] {
  return nodes.filter(other => other !== node && sides.get(other.host) === sides.get(node.host))
}

function byName (name: string): NodeProcess {
  const found = nodes.find(node => node.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

function untilLinked (all: readonly NodeProcess[], withinMs: number): Promise<void> {
  return until(() => all.every(node => node.linked.size === all.length - 1), withinMs, 'full mesh')
}

/** Every node is linked with its own side and nobody else. */
function untilSidesAreWhole (what: string): Promise<void> {
  return until(() => nodes.every(node => node.linked.size === sideOf(node).length &&
    sideOf(node).every(peer => node.linked.has(peer.id))), 10_000, what)
}

async function until (holds: () => boolean, withinMs: number, what: string): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs / 1_000} s`)
    await seconds(0.02)
  }
}

function seconds (count: number): Promise<void> {
  return new Promise(resolve => { setTimeout(resolve, count * 1_000) })
}

function pairs (all: readonly NodeProcess[]): number {
  return all.length * (all.length - 1) / 2
}

/** Who is linked with whom, as each node itself says. */
function matrix (): void {
  say(`      ${nodes.map(({ name }) => name.padEnd(5)).join(' ')}`)
  for (const node of nodes) {
    const cells = nodes.map(other =>
      (node === other ? '·' : node.linked.has(other.id) ? 'x' : ' ').padEnd(5))
    say(`${node.name.padEnd(5)} ${cells.join(' ')}`)
  }
}

function title (text: string): void {
  console.log(`\n${text}`)
}

function say (text: string): void {
  const atSeconds = (performance.now() - startMs) / 1_000
  console.log(`${atSeconds.toFixed(1).padStart(5)} s  ${text}`)
}
