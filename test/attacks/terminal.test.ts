/** What peers say reaches people without what could drive or deceive a terminal. */
import t from 'tap'
import { Program } from '../cli/program.js'
import { Attacker, HOST, pause } from '../helpers/attacker.js'

const NASTY = '\u001b]0;x\u0007\u001b[2J\r\n\u0000\u007f\u009b31m\u202eevil\u2066\u2028\u200b'
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/
const DECEIVING = /[\u202a-\u202e\u2066-\u2069\u200b-\u200f]/

for (const form of ['text', 'json'] as const) {
  t.test(`escapes in names, texts and errors, shown as ${form}`, async t => {
    const flags = form === 'json' ? ['--json', '--log', 'json'] : []
    const program = new Program(
      ['run', '--host', HOST, '--port', '0', '--period', '0.2', ...flags],
      { P2P_GOSSIP_LOG: 'trace', FORCE_COLOR: '0', NO_COLOR: '1' })
    t.teardown(() => program.stop('SIGKILL'))
    const line = await program.line(form === 'json' ? /"listening"/ : /join with/)
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1])
    const attacker = await Attacker.member(t, port, { record: { name: NASTY, tags: { a: NASTY } } })
    attacker.say({ type: 'ping', sequence: 1, text: `${NASTY}harmless` })
    await program.line(/harmless/)
    attacker.say({ type: 'error', code: NASTY, message: `${NASTY} goodbye` })
    await pause(100)
    attacker.destroy()
    await pause(200)
    const { stdout, stderr } = await program.stop()
    t.notMatch(stdout, RAW, 'stdout has no raw control character')
    t.notMatch(stderr, RAW, 'nor has stderr')
    if (form === 'text') {
      t.notMatch(stdout + stderr, DECEIVING, 'nothing turns the direction of writing')
      t.equal(stdout.split('\n').filter(one => one.includes('harmless')).length, 1)
      return
    }
    const told = stdout.trim().split('\n').map(one => JSON.parse(one) as Record<string, unknown>)
    t.ok(told.some(({ text }) => text === `${NASTY}harmless`), 'JSON gives the text as sent')
  })
}
