/** Opening a port: hosts, families, and the two ways to fail. */
import net from 'node:net'
import t from 'tap'
import { GossipError } from '../../src/errors.js'
import type { Link } from '../../src/ports.js'
import { dialOptions, listenOptions } from '../contract/transport.js'
import { listening, partyOf } from './peers.js'

const never = new AbortController().signal

t.test('on :: it takes a free port and accepts IPv4, told as IPv4', async t => {
  const { transport } = partyOf()
  let opened: (link: Link) => void = () => {}
  const accepting = new Promise<Link>(resolve => { opened = resolve })
  const listener = await transport.listen(listenOptions('::'), link => { opened(link) })
  t.ok(listener.port > 0)
  const link = await partyOf().transport.dial(dialOptions(`127.0.0.1:${listener.port}`), never)
  const accepted = await accepting
  t.match(accepted.remote, /^127\.0\.0\.1:\d+$/)
  link.close(0)
  accepted.close(0)
  await listener.close()
})

t.test('without IPv6, :: becomes 0.0.0.0', async t => {
  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL']) {
    const asked = withoutIpv6(code)
    t.teardown(asked.restore)
    const listener = await partyOf().transport.listen(listenOptions('::'), () => {})
    asked.restore()
    t.same(asked.hosts, ['::', '0.0.0.0'], code)
    const link = await partyOf().transport.dial(dialOptions(`127.0.0.1:${listener.port}`), never)
    link.close(0)
    await listener.close()
  }
})

t.test('a taken port names host and port', async t => {
  const server = net.createServer()
  const port = await listening(server)
  t.teardown(() => { server.close() })
  const error = await failureOf('127.0.0.1', port)
  t.equal(error?.code, 'address-in-use')
  t.match(error?.message, `127.0.0.1:${port}`)
})

t.test('an address of another machine, or no address at all, is unavailable', async t => {
  for (const host of ['192.0.2.1', 'no-such-host.invalid', '2001:db8::1']) {
    const error = await failureOf(host, 0)
    t.equal(error?.code, 'address-unavailable', host)
    t.match(error?.message, host)
  }
})

async function failureOf (host: string, port: number): Promise<GossipError | null> {
  try {
    const listener = await partyOf().transport.listen(listenOptions(host, port), () => {})
    await listener.close()
    return null
  } catch (error) {
    if (error instanceof GossipError) return error
    throw error
  }
}

/** Makes servers fail on `::` as they do where the machine has no IPv6. */
function withoutIpv6 (code: string): { hosts: string[], restore: () => void } {
  const hosts: string[] = []
  const original = net.Server.prototype.listen
  net.Server.prototype.listen = function (this: net.Server, ...given: unknown[]) {
    const { host } = given[0] as { host: string }
    hosts.push(host)
    if (host === '::') {
      process.nextTick(() => { this.emit('error', Object.assign(new Error(code), { code })) })
      return this
    }
    return Reflect.apply(original, this, given) as net.Server
  }
  return { hosts, restore: () => { net.Server.prototype.listen = original } }
}
