import t from 'tap'
import {
  createEntropy, createSystemClock, interfaceAddresses, type Interfaces,
} from '../src/system.js'
import { parseAddress } from '../src/wire/address.js'

const INTERFACES: Interfaces = {
  lo: [
    { address: '127.0.0.1', family: 'IPv4', internal: true },
    { address: '::1', family: 'IPv6', internal: true },
  ],
  eth0: [
    { address: '2001:db8::7', family: 'IPv6', internal: false },
    { address: 'fe80::1', family: 'IPv6', internal: false },
    { address: '192.0.2.7', family: 'IPv4', internal: false },
  ],
  wlan0: [
    { address: '198.51.100.7', family: 'IPv4', internal: false },
    { address: '192.0.2.7', family: 'IPv4', internal: false },
  ],
}

t.test('the clocks agree with the machine', async t => {
  const clock = createSystemClock()
  const before = clock.nowMs()
  t.ok(Math.abs(clock.wallMs() - Date.now()) < 1_000)
  t.ok(clock.nowMs() >= before)
})

t.test('a timer calls back once, a cancelled one never', async t => {
  const clock = createSystemClock()
  const beganMs = clock.nowMs()
  clock.cancel(clock.schedule(5, () => { t.fail('cancelled') }))
  await new Promise<void>(resolve => { clock.schedule(10, resolve) })
  t.ok(clock.nowMs() - beganMs >= 8)
})

t.test('breathing lets what is due come first', async t => {
  const clock = createSystemClock()
  const order: string[] = []
  await new Promise<void>(resolve => {
    clock.breathe(() => {
      order.push('breath')
      resolve()
    })
    process.nextTick(() => { order.push('due') })
  })
  t.same(order, ['due', 'breath'])
})

t.test('entropy gives as many bytes as asked for, others each time', async t => {
  const entropy = createEntropy()
  t.equal(entropy.bytes(32).length, 32)
  t.equal(entropy.bytes(0).length, 0)
  t.notSame([...entropy.bytes(32)], [...entropy.bytes(32)])
})

t.test('on every interface: IPv4, then IPv6, then loopback; link-local ones not', async t => {
  const expected = ['192.0.2.7:80', '198.51.100.7:80', '[2001:db8::7]:80', '127.0.0.1:80']
  t.same(interfaceAddresses('::', 80, INTERFACES), expected)
  t.same(interfaceAddresses('0:0:0:0:0:0:0:0', 80, INTERFACES), expected)
  t.same(
    interfaceAddresses('0.0.0.0', 80, INTERFACES),
    ['192.0.2.7:80', '198.51.100.7:80', '127.0.0.1:80'],
  )
})

t.test('of very many interfaces eight addresses are told, loopback among them', async t => {
  const many = Array.from({ length: 20 }, (_, i) => (
    { address: `192.0.2.${i}`, family: 'IPv4', internal: false } as const
  ))
  const addresses = interfaceAddresses('::', 80, { eth0: many, gone: undefined })
  t.equal(addresses.length, 8)
  t.equal(addresses[0], '192.0.2.0:80')
  t.equal(addresses.at(-1), '127.0.0.1:80')
})

t.test('on one address: that one', async t => {
  t.same(interfaceAddresses('192.0.2.9', 80, INTERFACES), ['192.0.2.9:80'])
  t.same(interfaceAddresses('::1', 80, INTERFACES), ['[::1]:80'])
  t.same(interfaceAddresses('name.example', 80, INTERFACES), ['name.example:80'])
})

t.test('on this machine all are addresses', async t => {
  const addresses = interfaceAddresses('::', 8080)
  t.ok(addresses.length >= 1)
  for (const address of addresses) t.ok(parseAddress(address) !== null, address)
})
