/** Fills every limit of what may be given, and of what is shown. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pc from 'picocolors'
import type { Test } from 'tap'
import { Dialler } from '../../src/cli/doctor/dialling.js'
import { parseCommandLine } from '../../src/cli/command-line.js'
import { readTextFile } from '../../src/cli/config-file.js'
import { flagOf, type FlagName } from '../../src/cli/flags.js'
import { linksText } from '../../src/cli/link-matrix.js'
import { Printer } from '../../src/cli/print.js'
import { collectSettings } from '../../src/cli/settings.js'
import { valueFromText, valueFromTexts } from '../../src/cli/values.js'
import { parseIdentity, type Identity } from '../../src/index.js'
import { OPTION_LIMITS as limits } from '../../src/limits.js'
import { resolveOptions, type NodeOptions } from '../../src/options.js'
import { runVerb } from '../cli/fake-node.js'
import { fill } from './fill.js'

const AT = new Date(2026, 0, 2).toISOString()

function passes (options: NodeOptions): boolean {
  try {
    resolveOptions(options)
    return true
  } catch {
    return false
  }
}

/** The limit passes and the number beyond it does not. */
function edge (t: Test, limit: number, beyond: number, of: (n: number) => NodeOptions): void {
  t.equal(passes(of(limit)), true, String(limit))
  t.equal(passes(of(beyond)), false, String(beyond))
}

function fromText (name: FlagName, text: string, origin: string): unknown {
  return valueFromText(flagOf(name), text, origin)
}

function fromTexts (name: FlagName, texts: readonly string[], origin: string): unknown {
  return valueFromTexts(flagOf(name), texts, origin)
}

function printer (): Printer {
  return new Printer({ version: '1.2.3', network: 'p2p-gossip', colours: pc.createColors(false) })
}

function shown (lines: Printer, peer: Identity, name = '', address = '10.0.0.2:8080'): string {
  return lines.line({ kind: 'link-up', peer, name, address, at: AT })
}

fill('OPTION_LIMITS', {
  linksMin: t => { edge(t, limits.linksMin, limits.linksMin - 1, maxLinks => ({ maxLinks })) },
  linksMost: t => { edge(t, limits.linksMost, limits.linksMost + 1, maxLinks => ({ maxLinks })) },
  membersMin: t => {
    edge(t, limits.membersMin, limits.membersMin - 1, maxMembers => ({ maxMembers, maxLinks: 4 }))
  },
  membersMost: t => {
    edge(t, limits.membersMost, limits.membersMost + 1, maxMembers => ({ maxMembers }))
  },
  hostBytesMax: t => {
    edge(t, limits.hostBytesMax, limits.hostBytesMax + 1, bytes => ({ host: 'h'.repeat(bytes) }))
  },
  networkBytesMax: t => {
    edge(t, limits.networkBytesMax, limits.networkBytesMax + 1,
      bytes => ({ network: 'n'.repeat(bytes) }))
  },
  fileTextBytesMax: t => {
    edge(t, limits.fileTextBytesMax, limits.fileTextBytesMax + 1,
      bytes => ({ key: 'k'.repeat(bytes), cert: 'c' }))
  },
  fileBytesMax: t => {
    const path = join(t.testdir({}), 'large')
    writeFileSync(path, 'x'.repeat(limits.fileBytesMax))
    t.equal(readTextFile(path, '--key').length, limits.fileBytesMax)
    writeFileSync(path, 'x'.repeat(limits.fileBytesMax + 1))
    t.throws(() => readTextFile(path, '--key'), /larger than a MiB/)
  },
  topicBytesMax: t => {
    const max = limits.topicBytesMax
    t.equal(fromText('chat', 't'.repeat(max), '--chat'), 't'.repeat(max))
    t.throws(() => fromText('chat', 't'.repeat(max + 1), '--chat'), { code: 'option-invalid' })
  },
  expressionBytesMax: t => {
    edge(t, limits.expressionBytesMax, limits.expressionBytesMax + 1,
      bytes => ({ schedule: '*'.repeat(bytes) }))
  },
  topicsMax: t => {
    const topics = Array.from({ length: limits.topicsMax + 1 }, (_, i) => `topic ${i}`)
    t.same(fromTexts('subscribe', topics.slice(1), '--subscribe'), topics.slice(1))
    t.throws(() => fromTexts('subscribe', topics, '--subscribe'), { code: 'option-invalid' })
  },
  textColumnsMax: t => {
    const told = (text: string): string => printer().line({
      kind: 'bulletin', topic: 'ab'.repeat(32), author: identityOf(1), name: '', incarnation: 7,
      seq: 1, contentId: 'cd'.repeat(32), timestamp: new Date(AT).getTime() / 1_000, text,
      at: AT,
    })
    const text = 'x'.repeat(limits.textColumnsMax)
    t.match(told(text), `"${text}"`)
    t.match(told(`${text}y`), `"${text}…"  ${limits.textColumnsMax + 1} bytes`)
  },
  probesAtOnceMax: async t => {
    const answers: ((peer: Identity) => void)[] = []
    const dialler = new Dialler(new AbortController().signal, () =>
      new Promise(resolve => { answers.push(resolve) }))
    const count = limits.probesAtOnceMax + 1
    const dialled = Array.from({ length: count }, (_, i) => dialler.dial(`10.0.0.1:${i + 1}`))
    t.equal(answers.length, limits.probesAtOnceMax)
    answers[0]?.(identityOf(1))
    await dialled[0]
    t.equal(answers.length, count, 'the next had its turn')
    for (const answer of answers) answer(identityOf(1))
    t.equal((await Promise.all(dialled)).length, count)
  },
  doctorMaxMs: async t => {
    const original = (ms: number): AbortSignal => AbortSignal.timeout(ms)
    const asked: number[] = []
    t.intercept(AbortSignal, 'timeout', { value: (ms: number) => {
      asked.push(ms)
      return ms === limits.doctorMaxMs ? AbortSignal.abort() : original(ms)
    } })
    const { code, out } = await runVerb(
      ['doctor', '--port', '0', '--connect', '127.0.0.1:1', '--json'], { nodes: [] })
    t.same(asked, [limits.doctorMaxMs])
    t.equal(code, 0)
    t.match(JSON.parse(out), { checks: [
      ...Array.from({ length: 3 }, () => ({})),
      { check: 'connect', state: 'skipped', what: /no time was left/ },
    ] })
  },
  pingsMax: t => {
    const given = (count: number): unknown =>
      collectSettings(parseCommandLine(['ping', 'bob', '--count', String(count)]), {})
    t.doesNotThrow(() => given(limits.pingsMax))
    t.throws(() => given(limits.pingsMax + 1), { code: 'option-invalid' })
  },
  namesShownMax: t => {
    const lines = printer()
    const peers = Array.from({ length: limits.namesShownMax + 1 }, (_, i) => identityOf(i))
    t.equal(new Set(peers).size, limits.namesShownMax + 1)
    for (const peer of peers) shown(lines, peer)
    t.match(shown(lines, peers[1]!), / back /, 'the second is remembered')
    t.match(shown(lines, peers[0]!), / linked /, 'the oldest went')
  },
  peerColumnsMax: t => {
    const lines = printer()
    shown(lines, identityOf(1), 'n'.repeat(limits.peerColumnsMax + 20))
    const line = shown(lines, identityOf(2))
    t.equal(line.indexOf('10.0.0.2') - line.indexOf('linked ') - 10, limits.peerColumnsMax + 2)
  },
  addressColumnsMax: t => {
    const lines = printer()
    const peer = identityOf(1)
    shown(lines, peer, '', 'h'.repeat(limits.addressColumnsMax + 20))
    shown(lines, peer)
    const address = '10.0.0.2:8080'
    const line = lines.line({
      kind: 'ping', peer, name: '', address, seq: 1, text: 'x', rttMs: null, at: AT,
    })
    t.equal(line.indexOf('"x"') - line.indexOf('10.0.0.2'), limits.addressColumnsMax + 2)
  },
  matrixMembersMax: async t => {
    const rows = Array.from({ length: limits.matrixMembersMax + 1 }, (_, i) => ({
      id: identityOf(i), name: '', status: 'linked' as const, toldMs: 1, free: 0, links: [],
    }))
    const colours = pc.createColors(false)
    t.match(await linksText(rows.slice(1), colours), /^ +1 +2 .* 40\n 1 {2}a+b? /)
    t.match(await linksText(rows, colours), /^41 members/)
  },
})

/** An identity for each number, its bits as letters. */
function identityOf (index: number): Identity {
  const bits = [...index.toString(2).padStart(20, '0')]
  const found = parseIdentity(bits.map(bit => bit === '0' ? 'a' : 'b').join('').padEnd(52, 'a'))
  if (found === null) throw new Error('no identity')
  return found
}
