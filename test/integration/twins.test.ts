import t from 'tap'
import { isFullMesh, linesOf, pause, startNode, until } from '../helpers/processes.js'

t.test('the same key started twice: the older goes quiet, nothing flaps for a minute', async t => {
  const key = ['--key', new URL('../../certs/p256.key', import.meta.url).pathname]
  const first = await startNode(t, { name: 'first' })
  const second = await startNode(t, { name: 'second', connect: [first.proxy.address] })
  const connect = [second.proxy.address]
  const older = await startNode(t, { name: 'older', connect, flags: key })
  await until(() => isFullMesh([first, second, older]), 10_000, 'full mesh')
  await pause(50)
  const younger = await startNode(t, { name: 'younger', connect, flags: key })
  const isQuiet = (): boolean => younger.linked.size === 2 && older.linked.size === 0
  await until(isQuiet, 10_000, 'the older is quiet')
  await until(() => isFullMesh([first, second, younger]), 10_000, 'the others tell it too')
  // What they told a moment ago may still be on its way through the pipes.
  await pause(500)
  t.ok(linesOf(older, 'warning').some(({ code }) => code === 'replaced'), 'and says why')
  const marks = [first, second, older, younger].map(node => [node, node.lines.length] as const)
  await pause(60_000)
  for (const [node, since] of marks) {
    const changes = ['link-up', 'link-down'].flatMap(kind => linesOf(node, kind, null, since))
    t.same(changes, [], `${node.name}: no link came or went`)
  }
})
