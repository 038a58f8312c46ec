/** What `doctor` makes of the answers of a node: each state of each check, in this process. */
import t from 'tap'
import type { DoctorView } from '../../../src/api/schemas.js'
import type { Check } from '../../../src/cli/doctor/check.js'
import { plausibleClock } from '../../../src/cli/doctor/clock.js'
import { startLinked } from '../../helpers/loopback-nodes.js'
import { AL, BO, NoNodeError, runVerb, type Ran } from '../fake-node.js'

function view (over: Partial<DoctorView> = {}): DoctorView {
  return {
    id: AL, port: 8080, addresses: [], data: null, clock: { peers: 2, offMs: 12 },
    loop: { lagMs: 3, busyShare: 0.02 }, connect: [], warnings: [], ...over,
  }
}

async function told (over: Partial<DoctorView>, ...flags: string[]): Promise<Ran> {
  return runVerb(['doctor', ...flags], { api: { doctor: async () => view(over) } })
}

/** The checks of that name, and the exit code. */
async function found (
  over: Partial<DoctorView>, name: string, ...flags: string[]
): Promise<{ code: number, checks: readonly Check[] }> {
  const { code, out } = await told(over, '--json', ...flags)
  const { checks, isFine } = JSON.parse(out) as { checks: Check[], isFine: boolean }
  t.equal(isFine, code === 0)
  return { code, checks: checks.filter(({ check }) => check === name) }
}

function warned (code: string, over: Partial<DoctorView['warnings'][number]> = {}): object {
  const at = '2026-01-02T12:03:04.000Z'
  return { warnings: [{ code, message: 'so it was', count: 1, at, ...over }] }
}

t.test('a line for each check, with what to do about it below', async t => {
  const { code, out, errors, sockets } = await told({ loop: { lagMs: 300, busyShare: 0.9 } })
  t.equal(code, 0)
  t.equal(errors, '')
  t.same(sockets, ['/run/8080.sock'])
  const lines = out.trimEnd().split('\n')
  t.match(lines[0], /^ok {7}node {8}aaaaaaaaaa answers at "\/run\/8080\.sock"$/)
  const lag = lines.findIndex(line => line.startsWith('warning  event-loop  '))
  t.match(lines[lag], /up to 300 ms late within half a second, 90 % of it at work/)
  t.match(lines[lag + 1], /^ {21}the machine is too busy/)
})

t.test('the clock is right, off or wrong, on either side', async t => {
  const clock = (offMs: number, peers = 2): Promise<{ code: number, checks: readonly Check[] }> =>
    found({ clock: { peers, offMs } }, 'clock')
  t.match(await clock(-4_900), { code: 0, checks: [{ state: 'ok', what: /^4\.9 s off/ }] })
  t.match(await clock(6_000), { code: 0, checks: [{ state: 'warning', what: /6\.0 s behind/ }] })
  t.match(await clock(-31_000), { code: 4, checks: [{ state: 'wrong', what: /ahead of/ }] })
  t.match(await clock(31_000, 1), { checks: [{ advice: /the peer's that is wrong/ }] })
  t.match(await clock(0, 0), { code: 0, checks: [{ state: 'skipped' }] })
})

t.test('a date before this program was made, or far after, cannot be', async t => {
  t.match(plausibleClock(Date.UTC(2025, 11, 31)), { state: 'wrong', what: /2025-12-31/ })
  t.match(plausibleClock(Date.UTC(2026, 0, 1)), { state: 'ok' })
  t.match(plausibleClock(Date.UTC(2100, 0, 1)), { state: 'wrong' })
})

t.test('an event loop that is a second late is wrong', async t => {
  const lag = (lagMs: number): Promise<{ code: number, checks: readonly Check[] }> =>
    found({ loop: { lagMs, busyShare: 1 } }, 'event-loop')
  t.match(await lag(249), { code: 0, checks: [{ state: 'ok' }] })
  t.match(await lag(250), { code: 0, checks: [{ state: 'warning' }] })
  t.match(await lag(999), { code: 0, checks: [{ state: 'warning' }] })
  t.match(await lag(1_000), { code: 4, checks: [{ state: 'wrong' }] })
})

t.test('warnings of the run are told, the grave ones are wrong, none is told twice', async t => {
  t.match(await found(warned('gone', { count: 3 }), 'warnings'), { code: 0, checks: [
    { state: 'warning', what: 'so it was (gone, 3 times, last at 2026-01-02T12:03:04 UTC)' },
  ] })
  for (const code of ['replaced', 'store-failed']) {
    t.match(await found(warned(code), 'warnings'), { code: 4, checks: [{ state: 'wrong' }] })
  }
  for (const code of ['sample-key', 'clock-skew']) {
    t.match(await found(warned(code), 'warnings'), { code: 0, checks: [{ state: 'ok' }] })
  }
})

t.test('what peers wrote reaches no terminal as it is', async t => {
  const message = `a\u001b[2J\u009b${'x'.repeat(2_000)}\nok  all is well`
  const hostile = warned('gone', { message })
  const { out } = await told(hostile)
  t.notMatch(out, /[\u001b\u009b]|^ok {2}all/m)
  t.ok(out.split('\n').every(line => line.length < 600))
  t.notMatch((await told(hostile, '--json')).out, /[\u001b\u009b]/)
})

t.test('an address without a link is dialled, and wrong when nobody is linked at all', async t => {
  const node = await startLinked(t, [])
  const { address } = node
  const row = { address, identity: null, peer: null, failures: 2, lastError: 'why' }
  const linked = { ...row, address: '10.0.0.1:1', peer: BO, failures: 0, lastError: null }
  const refusing = { ...row, address: '127.0.0.1:1' }
  t.match(await found({ connect: [linked, refusing] }, 'connect'), { code: 4, checks: [
    { state: 'ok', what: 'linked through 10.0.0.1:1' },
    { state: 'wrong', what: '127.0.0.1:1 refuses connections' },
  ] })
  const none = { connect: [row], clock: { peers: 0, offMs: 0 } }
  const what = `${address} answers as ${node.id.slice(0, 10)}, and there is no link with it: why`
  t.match(await found(none, 'connect'), { code: 4, checks: [{ state: 'wrong', what }] })
  t.match(await found({ connect: [row] }, 'connect'), { code: 0, checks: [{ state: 'warning' }] })
  t.match(await found({ connect: [row], id: node.id }, 'connect'), { code: 0, checks: [
    { state: 'ok', what: `${address} is this node itself` },
  ] })
})

t.test('a node that went away is none where none was named, else an error', async t => {
  const api = { doctor: async () => { throw new NoNodeError('/run/8080.sock', 'gone') } }
  const none = await runVerb(['doctor', '--json', '--host', '127.0.0.1'], { api })
  t.match(none.out, /"check":"node","state":"skipped"/)
  const named = await runVerb(['doctor', '--node', '8080'], { api })
  t.match(named, { code: 3, out: '', errors: /gone/ })
})

t.test('--control off asks nobody, --port the node on that port, --socket that one', async t => {
  const api = { doctor: async () => view() }
  const nodes = [8080, 8081].map(port => ({ socket: `/run/${port}.sock`, port, short: null }))
  const asked = async (...flags: string[]): Promise<readonly string[]> =>
    (await runVerb(['doctor', ...flags], { api, nodes })).sockets
  t.same(await asked('--port', '8081'), ['/run/8081.sock'])
  t.same(await asked(), ['/run/8080.sock'])
  t.same(await asked('--socket', '/run/mine'), ['/run/mine'])
  t.same(await asked('--port', '8081', '--control', 'off', '--host', '127.0.0.1'), [])
})
