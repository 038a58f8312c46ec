import t from 'tap'
import type { GapView, LostView, SubscribeAsked } from '../../../src/cli/api-door.js'
import type { BulletinView } from '../../../src/api/schemas.js'
import { AL, NoNodeError, bulletinView, runVerb } from '../fake-node.js'

const LOST: LostView = { kind: 'lost', message: 'too slow', count: 4 }
const GAP: GapView = { kind: 'gap', author: AL, incarnation: 7, first: 2, last: 3 }

/** Tells these, then goes on until it is aborted. */
type View = BulletinView | GapView | LostView

function telling (...views: View[]) {
  return async function * ({ signal }: SubscribeAsked): AsyncGenerator<View> {
    yield * views
    await new Promise(resolve => { signal?.addEventListener('abort', resolve) })
  }
}

t.test('bulletins are lines as run prints them, until Ctrl-C', async t => {
  const ends = new AbortController()
  const views = [bulletinView({ source: 'bob\u001b[2J', text: 'hi' }), GAP, LOST]
  const running = runVerb(['subscribe', 'public', 'x', '--since', 'all'], {
    api: { subscribe: telling(...views) }, interrupted: ends.signal,
  })
  await new Promise(resolve => { setImmediate(resolve) })
  ends.abort()
  const { code, out, errors, calls } = await running
  t.match({ code, errors }, { code: 0, errors: '' })
  t.match(calls[0]?.[1], { topics: ['public', 'x'], since: 0 })
  const [line, gap, lost] = out.split('\n')
  t.match(line,
    /^\d\d:\d\d:\d\d {2}bulletin {2}al~a{10} \(as bob\[2J\) {2}public {2}"hi" {2}of 2017-/)
  t.match(gap, / {2}warning .*bulletins 2 to 3 of aaaaaaaaaa, of whatever topic, did not come.*gap/)
  t.match(lost, / {2}warning +too slow \(lost\)$/)
})

t.test('--json gives the objects of run --json', async t => {
  const ends = new AbortController()
  const running = runVerb(['subscribe', 'public', '--json'], {
    api: { subscribe: telling(bulletinView(), GAP) }, interrupted: ends.signal,
  })
  await new Promise(resolve => { setImmediate(resolve) })
  ends.abort()
  const [line, gap] = (await running).out.trimEnd().split('\n')
    .map(text => JSON.parse(text) as Record<string, unknown>)
  t.match(line, { at: /Z$/, kind: 'bulletin', ...bulletinView() })
  t.match(gap, { kind: 'warning', code: 'gap', author: AL, first: 2, last: 3 })
})

t.test('it ends with 3 when the node has left, or never was', async t => {
  const left = await runVerb(['subscribe', 'x'], {
    api: { async *subscribe () { yield bulletinView() } },
  })
  t.match(left, { code: 3, errors: 'p2p-gossip: the node has left, nothing more comes\n' })
  const none = await runVerb(['subscribe', 'x'], {

    api: { async *subscribe () { throw new NoNodeError('/a.sock', 'ENOENT') } },
  })
  t.match(none, { code: 3, out: '', errors: /no node answers at .*: ENOENT/ })
  t.match(await runVerb(['subscribe']), { code: 2, errors: /^p2p-gossip: subscribe needs TOPIC, / })
})
