import t from 'tap'
import {
  createLog, isShown, jsonLogLine, thresholdOf,
} from '../../src/cli/log.js'
import { refusesColours } from '../../src/cli/print.js'

t.test('DEBUG, then P2P_GOSSIP_LOG, then RUST_LOG, then info', async t => {
  const cases: [Record<string, string>, string | null][] = [
    [{}, 'info'],
    [{ DEBUG: '' }, null],
    [{ DEBUG: 'off', P2P_GOSSIP_LOG: 'trace' }, null],
    [{ P2P_GOSSIP_LOG: 'warn', RUST_LOG: 'trace' }, 'warn'],
    [{ P2P_GOSSIP_LOG: '', RUST_LOG: 'Trace' }, 'trace'],
    [{ RUST_LOG: 'off' }, 'off'],
    [{ RUST_LOG: 'p2p=debug' }, 'info'],
  ]
  for (const [environment, threshold] of cases) {
    t.equal(thresholdOf(environment), threshold, JSON.stringify(environment))
  }
  t.throws(() => thresholdOf({ P2P_GOSSIP_LOG: 'json' }), {
    code: 'option-invalid', message: /^P2P_GOSSIP_LOG must be off, error, .* not "json"/,
  })
})

t.test('a threshold shows itself and what is worse', async t => {
  t.ok(isShown('error', 'warn'))
  t.ok(isShown('warn', 'warn'))
  t.notOk(isShown('info', 'warn'))
  t.notOk(isShown('error', 'off'))
})

t.test('JSON logs are one object a line', async t => {
  const lines: string[] = []
  const log = createLog(line => { lines.push(line) }, { P2P_GOSSIP_LOG: 'info' }, 'json')
  log({ level: 'info', area: 'links', message: 'a\nb %d' })
  log({ level: 'debug', area: 'links', message: 'not shown' })
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? ''), { level: 'info', area: 'links', message: 'a\nb %d' })
  t.equal(jsonLogLine({ level: 'warn', area: 'x', message: 'm' }, new Date(0)),
    '{"at":"1970-01-01T00:00:00.000Z","level":"warn","area":"x","message":"m"}')
})

t.test('making a log leaves DEBUG alone', async t => {
  const before = process.env['DEBUG']
  createLog(() => {}, {}, 'json')({ level: 'info', area: 'x', message: 'm' })
  t.equal(process.env['DEBUG'], before)
})

t.test('NO_COLOR and a dumb terminal refuse colour', async t => {
  t.ok(refusesColours({ NO_COLOR: '1' }))
  t.ok(refusesColours({ TERM: 'dumb' }))
  t.notOk(refusesColours({ NO_COLOR: '', TERM: 'xterm' }))
})
