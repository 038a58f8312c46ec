import { isIPv6 as isIpv6ForSystem } from 'node:net'
import t from 'tap'
import {
  formatAddress, isDialable, isIpv4, isIpv6, isLoopback, parseAddress, parseTarget,
} from '../../src/wire/address.js'

const ID = `${'a'.repeat(51)}q`

t.test('host:port is read into a canonical host and a port', async t => {
  const cases: [string, string, number][] = [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['1.2.3.4:1', '1.2.3.4', 1],
    ['1.2.3.4:65535', '1.2.3.4', 65_535],
    ['localhost:80', 'localhost', 80],
    ['Node-1.Example.:80', 'node-1.example.', 80],
    ['_srv.example:80', '_srv.example', 80],
    ['7up.example:80', '7up.example', 80],
    ['xn--bcher-kva.example:80', 'xn--bcher-kva.example', 80],
    ['[::1]:8080', '::1', 8080],
    ['[2001:DB8:0:0:0:0:0:1]:8080', '2001:db8::1', 8080],
    ['[2001:db8:0:1:0:0:0:1]:1', '2001:db8:0:1::1', 1],
    ['[0:0:1:0:0:1:0:0]:1', '::1:0:0:1:0:0', 1],
    ['[1:0:2:0:3:0:4:0]:1', '1:0:2:0:3:0:4:0', 1],
    ['[1:2:3:4:5:6:7::]:1', '1:2:3:4:5:6:7:0', 1],
    ['[::]:1', '::', 1],
    ['[10::]:1', '10::', 1],
    ['[::ffff:1.2.3.4]:80', '1.2.3.4', 80],
    ['[::FFFF:102:304]:80', '1.2.3.4', 80],
    ['[64:ff9b::1.2.3.4]:80', '64:ff9b::102:304', 80],
    ['[fe80::1%enP4p65s0]:80', 'fe80::1%enP4p65s0', 80],
  ]
  for (const [text, host, port] of cases) t.same(parseAddress(text), { host, port }, text)
})

t.test('what is not host:port is not read', async t => {
  const bad = [
    '', ':', ':80', '80', 'localhost', 'localhost:', 'localhost:0', 'localhost:65536',
    'localhost:080', 'localhost:100000', 'localhost:-1', 'localhost:8e3', 'localhost:80 ',
    ' localhost:80', 'local host:80', 'localhost:80\n', 'localhost:80:81', '1.2.3:80',
    '1.2.3.4.5:80', '256.1.1.1:80', '01.2.3.4:80', '1.2.3.4.:80', 'host.7:80', '-a:80', 'a-:80',
    'a..b:80', '.a:80', 'bücher.example:80', '\u212a.example:80', 'a/b:80', 'a@b:80', '::1:80',
    '[::1]', '[::1]80', '[]:80', '[::1:80', '::1]:80', '[1.2.3.4]:80', '[localhost]:80',
    '[:::]:80', '[1::2::3]:80', '[:1::2]:80', '[1:2:3:4:5:6:7]:80', '[1:2:3:4:5:6:7:8:9]:80',
    '[:1:2:3:4:5:6:7]:80', '[1:2:3:4:5:6:7:]:80', '[1::2:3:4:5:6:7:8]:80', '[12345::]:80',
    '[::g]:80', '[::1.2.3]:80', '[::1.2.3.256]:80', '[1.2.3.4::]:80', '[fe80::1%]:80',
    '[fe80::1%a%b]:80', '[fe80::1%a/b]:80', `${'a'.repeat(64)}:80`, `${'a.'.repeat(127)}a:80`,
    `${'a'.repeat(100_000)}:80`,
  ]
  for (const text of bad) t.equal(parseAddress(text), null, JSON.stringify(text.slice(0, 80)))
})

t.test('the longest name is read', async t => {
  const label = 'a'.repeat(63)
  const name = [label, label, label, 'a'.repeat(61)].join('.')
  t.same(parseAddress(`${name}:65535`), { host: name, port: 65_535 })
  t.equal(parseAddress(`${name}a:65535`), null)
})

t.test('an address is written in one way', async t => {
  t.equal(formatAddress('1.2.3.4', 80), '1.2.3.4:80')
  t.equal(formatAddress('::ffff:1.2.3.4', 80), '1.2.3.4:80')
  t.equal(formatAddress('::ffff:0102:0304', 80), '1.2.3.4:80')
  t.equal(formatAddress('FE80::1%eth0', 80), '[fe80::1%eth0]:80')
  t.equal(formatAddress('2001:db8:0:0::1', 80), '[2001:db8::1]:80')
  t.equal(formatAddress('Node.Example', 80), 'node.example:80')
})

t.test('what is written is read again', async t => {
  for (const host of ['1.2.3.4', '::', '::1', '1::', '1:2::3', 'fe80::1%eth0', 'a.example']) {
    const where = parseAddress(formatAddress(host, 80))
    t.same(where, { host, port: 80 }, host)
  }
})

t.test('a target may name an identity', async t => {
  t.same(parseTarget('Node.Example:80'), { address: 'node.example:80', identity: null })
  t.same(parseTarget(`${ID}@[::FFFF:1.2.3.4]:80`), { address: '1.2.3.4:80', identity: ID })
  for (const text of [
    '', '@', '@a:80', `${ID}@`, `${ID}@a`, `${ID}@a:0`, `${ID.slice(0, 10)}@a:80`,
    `${ID.toUpperCase()}@a:80`, `${ID}@${ID}@a:80`, `${ID}:a:80`,
  ]) t.equal(parseTarget(text), null, text)
})

t.test('IPv4 is dotted decimal and nothing else', async t => {
  for (const host of ['0.0.0.0', '255.255.255.255']) t.ok(isIpv4(host))
  const no = ['', '1', '1.2.3', '1.2.3.4.5', '1.2.3.04', '0x1.2.3.4', '1.2.3.256', ' 1.2.3.4']
  for (const host of no) t.notOk(isIpv4(host), host)
})

t.test('IPv6 literals are what the system takes for them', async t => {
  const words = ['', '0', '1', 'ffff', '12345', '1.2.3.4', ':']
  let count = 0
  for (const a of words) {
    for (const b of words) {
      for (const c of words) {
        for (const filler of ['', ':0:0:0', ':0:0:0:0', ':0:0:0:0:0']) {
          const host = `${a}:${b}${filler}:${c}`
          if (isIpv6(host) !== isIpv6ForSystem(host)) t.fail(host)
          count++
        }
      }
    }
  }
  t.equal(count, 7 * 7 * 7 * 4)
})

t.test('loopback in every spelling', async t => {
  const yes = [
    '127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1',
    'localhost', 'localhost.', 'LOCALHOST', 'a.localhost',
  ]
  for (const host of yes) t.ok(isLoopback(host), host)
  const no = ['128.0.0.1', '::2', '::', '127.example', 'localhost.example', 'notlocalhost']
  for (const host of no) t.notOk(isLoopback(host), host)
})

t.test('learnt addresses that lead nowhere or anywhere are not dialled', async t => {
  const never = [
    '0.0.0.0:80', '0.1.2.3:80', '224.0.0.1:80', '255.255.255.255:80', '240.0.0.1:80', '[::]:80',
    '[0:0::0]:80', '[ff02::1]:80', '[FF0E::1]:80', '[::ffff:224.0.0.1]:80', '[::ffff:0.0.0.0]:80',
    'a:0', 'a', '',
  ]
  for (const address of never) {
    t.notOk(isDialable(address, false), address)
    t.notOk(isDialable(address, true), address)
  }
  for (const address of ['127.0.0.1:80', '[::1]:80', 'localhost:80', '[::ffff:127.0.0.1]:80']) {
    t.notOk(isDialable(address, false), address)
    t.ok(isDialable(address, true), address)
  }
  const yes = ['1.2.3.4:80', '10.0.0.1:80', '[2001:db8::1]:80', '[fe80::1]:1', 'a.example:80']
  for (const address of yes) t.ok(isDialable(address, false), address)
})
