/**
 * Changed messages, one connection each: `VOIDPHONE_MUTATIONS=100000` for a long run. Each closes
 * its own connection or is a message after all; the module beside them goes on.
 */
import { connect } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { encodeMessage, type Message } from '../../src/voidphone/codec.js'
import { until } from '../helpers/loopback-nodes.js'
import { startModule, startServed } from './served.js'

const COUNT = Number(process.env['VOIDPHONE_MUTATIONS'] ?? 5_000)
const SIDE_BY_SIDE = 32
const TYPE = 1337

const MESSAGES: readonly Message[] = [
  { kind: 'announce', hopsMax: 0, type: TYPE + 1, data: Buffer.from('deadbeef') },
  { kind: 'notify', type: TYPE + 2 },
  { kind: 'validation', id: 0x1234, isValid: true },
  { kind: 'notification', id: 0x1234, type: TYPE, data: Buffer.from('deadbeef') },
  { kind: 'peer-request', entriesMax: 1, nonce: 1n },
]

/** One to four bytes changed, taken away, or put in front or behind. */
const mutated = fc.tuple(
  fc.constantFrom(...MESSAGES), fc.constantFrom('change', 'cut', 'lead', 'trail'),
  fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { minLength: 1, maxLength: 4 }),
).map(([message, how, places]) => {
  const bytes = Buffer.from(encodeMessage(message))
  const extra = Buffer.from(places.map(([, value]) => value))
  switch (how) {
    case 'cut': return bytes.subarray(0, (places[0]?.[0] ?? 0) % bytes.length)
    case 'lead': return Buffer.concat([extra, bytes])
    case 'trail': return Buffer.concat([bytes, extra])
    default:
      for (const [at, value] of places) bytes[at % bytes.length] = value
      return bytes
  }
})

/** Says it, and no more; resolves when the connection has ended, by whomever. */
function say (api: string, bytes: Uint8Array): Promise<void> {
  const [host = '', port = ''] = api.split(':')
  return new Promise(resolve => {
    const socket = connect({ host, port: Number(port) })
    socket.on('error', () => {})
    socket.once('close', () => { resolve() })
    socket.resume()
    socket.end(bytes)
  })
}

t.test(`${COUNT} changed messages close only their own connections`, { timeout: 600_000 },
  async t => {
    const served = await startServed(t, [])
    const good = await startModule(t, served, TYPE)
    await until(() => served.server.counts.types === 1)
    const samples = fc.sample(mutated, { numRuns: COUNT, seed: 7 })
    for (let at = 0; at < samples.length; at += SIDE_BY_SIDE) {
      const some = samples.slice(at, at + SIDE_BY_SIDE)
      await Promise.all(some.map(bytes => say(served.api, bytes)))
    }
    const { counts } = served.server
    t.ok(counts.refused > COUNT / 4, `${counts.refused} were no messages`)
    await until(() => counts.modules === 1 && counts.types === 1)
    const announcer = await startModule(t, served, TYPE)
    await until(() => counts.modules === 2)
    await announcer.client.announce(TYPE, 'still here')
    await until(() => good.asked.at(-1) === 'still here')
    t.equal(counts.modules, 2, 'the module beside them went on')
  })
