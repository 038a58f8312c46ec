import t from 'tap'
import { VoidphoneClient } from '../../src/voidphone/index.js'
import { DATA_BYTES_MAX } from '../../src/voidphone/codec.js'
import { openDoor } from '../../src/voidphone/door.js'
import { until } from '../helpers/loopback-nodes.js'
import { connectClient, startServed } from './served.js'

t.test('a client announces, subscribes, is asked once and answers', async t => {
  const served = await startServed(t, [])
  const [asked, announcer] = [await connectClient(t, served), await connectClient(t, served)]
  await asked.notify(7)
  await until(() => served.server.counts.types === 1)
  const data = new Uint8Array(DATA_BYTES_MAX).fill(3)
  await announcer.announce(7, data, { hopsMax: 255 })
  for await (const notification of asked) {
    t.match(notification, { type: 7 })
    t.equal(Buffer.compare(notification.data, data), 0)
    await asked.validate(notification, true)
    break
  }
  await until(() => served.server.counts.published === 1)
  t.equal(asked.waiting, 0)
})

t.test('what cannot be said is refused before anything is sent', async t => {
  const served = await startServed(t, [])
  const client = await connectClient(t, served)
  const invalid = { code: 'option-invalid' }
  await t.rejects(client.announce(65_536, 'x'), invalid)
  await t.rejects(client.announce(1, new Uint8Array(DATA_BYTES_MAX + 1)), invalid)
  for (const hopsMax of [-1, 256, 1.5]) {
    await t.rejects(client.announce(1, 'x', { hopsMax }), invalid)
  }
  await t.rejects(client.notify(-1), invalid)
  await t.rejects(client.validate({ id: 65_536 }, true), invalid)
  await t.rejects(VoidphoneClient.connect('nowhere'), invalid)
  t.equal(served.server.counts.refused, 0)
})

t.test('what a client announced before it closed still counts', async t => {
  const served = await startServed(t, [])
  const asked = await connectClient(t, served)
  await asked.notify(7)
  await until(() => served.server.counts.types === 1)
  const announcer = await connectClient(t, served)
  void announcer.announce(7, 'farewell')
  announcer.close()
  const { value } = await asked.next()
  t.equal(Buffer.from(value?.data ?? []).toString(), 'farewell')
})

t.test('whoever serves no modules ends the client, and nothing more is read', async t => {
  const door = await openDoor('api', '127.0.0.1:0', { connectionsMax: 1 }, socket => {
    socket.write(Buffer.from('000801f500000539', 'hex'))
  })
  t.teardown(() => door.close())
  const client = await VoidphoneClient.connect(door.address)
  t.same(await client.next(), { done: true, value: undefined })
  t.same(await client.next(), { done: true, value: undefined })
  await t.rejects(client.notify(1), { code: 'voidphone-unreachable' })
})
