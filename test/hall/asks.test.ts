import t from 'tap'
import type { AskId, Event } from '../../src/core/event.js'
import { Asks } from '../../src/hall/asks.js'
import type { BulletinStore, Ports } from '../../src/ports.js'

interface Writing {
  readonly end: () => void
  readonly fail: () => void
}

/** A store whose writes end when a test says so. */
function asksOn (): { asks: Asks, writings: Writing[], events: Event[], put: () => void } {
  const writings: Writing[] = []
  const events: Event[] = []
  const write = (): Promise<void> => new Promise((resolve, reject) => {
    writings.push({ end: resolve, fail: () => { reject(new Error('the disk is full')) } })
  })
  const bulletins = { putBatch: write, dropBatches: write } as unknown as BulletinStore
  const ports = { bulletins, log: () => {} } as unknown as Ports
  const asks = new Asks(ports, event => { events.push(event) }, () => {})
  const batch = {
    author: 'a', incarnation: 1, first: 1, count: 1, bytes: 1, newest: 1, headHash: '',
    batch: new Uint8Array(1),
  }
  const put = (): void => {
    asks.storeBatch({ kind: 'store-batch', ask: 1 as AskId, batch } as never)
  }
  return { asks, writings, events, put }
}

/** Whether a promise has resolved once all that can follow has followed. */
async function isDone (promise: Promise<void>): Promise<boolean> {
  let isResolved = false
  void promise.then(() => { isResolved = true })
  await new Promise(resolve => { setImmediate(resolve) })
  return isResolved
}

t.test('what is stored is waited for up to the moment of asking, not beyond', async t => {
  const { asks, writings, put } = asksOn()
  t.ok(await isDone(asks.stored()), 'nothing is under way')
  put()
  put()
  const first = asks.stored()
  put()
  const second = asks.stored()
  writings[2]?.end()
  t.notOk(await isDone(second), 'those before it are under way')
  writings[1]?.end()
  t.notOk(await isDone(first))
  writings[0]?.end()
  t.ok(await isDone(first))
  t.ok(await isDone(second))
  put()
  t.ok(await isDone(second), 'a later one is nothing to it')
  t.notOk(await isDone(asks.stored()))
  writings[3]?.end()
  t.ok(await isDone(asks.stored()))
})

t.test('a write that fails has ended too, and its event says so', async t => {
  const { asks, writings, events, put } = asksOn()
  put()
  asks.dropBatches({ kind: 'drop-batches', keys: [] })
  const stored = asks.stored()
  writings[0]?.fail()
  t.notOk(await isDone(stored), 'what is dropped is waited for as well')
  writings[1]?.fail()
  t.ok(await isDone(stored))
  t.match(events, [{ kind: 'batch-stored', isStored: false }])
})
