/** Each documented exit code, by the program itself. 5, 130 and 143 stand in run.test.ts. */
import { join } from 'node:path'
import t from 'tap'
import { fail, serveFake } from './fake-server.js'
import { Program, expectRefusals, runProgram } from './program.js'

/** Verbs that call a node, each with what it needs. */
const CALLING: readonly string[][] = [
  ['status'], ['peers'], ['ping', 'x'], ['path', 'x'], ['path', '--all'],
  ['links'], ['explain', 'x'], ['wait', '--members', '2'], ['leave'], ['forget', 'x'],
  ['publish', 'x'], ['subscribe', 'x'], ['messages'], ['messages', 'purge', '--all'], ['topics'],
  ['send', '--to', 'x', 'y'], ['inbox'], ['inbox', 'change'],
  ['contacts', 'add', '--name', 'x', '--host', 'h', '--port', '1'],
  ['contacts', 'set-key', '--name', 'x', '--pubkey-file', 'package.json'], ['contacts', 'list'],
  ['contacts', 'remove', '--name', 'x'], ['schedule', 'add', '* * * * *', 'x'],
  ['schedule', 'list'], ['schedule', 'remove', 'x'], ['export'], ['import', 'package.json'],
]

t.test('0: the verb did its work', async t => {
  const { socket, calls } = await serveFake(t)
  const environment = { P2P_GOSSIP_NODE: socket }
  t.match(await runProgram(['status', '--json'], environment), { code: 0, stderr: '' })
  t.same(calls, ['GET status'])
})

t.test('3: no node, for every verb that calls one', async t => {
  const { folder } = await serveFake(t)
  const environment = { P2P_GOSSIP_NODE: join(folder, 'none.sock') }
  await expectRefusals(t, CALLING.map(argv =>
    ({ argv, environment, line: /no node answers at .*none\.sock/, code: 3 })))
  await expectRefusals(t, [
    { argv: ['status'], environment: { XDG_RUNTIME_DIR: folder }, line: /no node runs/, code: 3 },
  ])
})

t.test('3: a node that dies while it is asked', async t => {
  const die = (request: { readonly socket: { destroy (): unknown } }): void => {
    request.socket.destroy()
  }
  const { socket } = await serveFake(t, { 'GET status': die, 'GET peers': die })
  const environment = { P2P_GOSSIP_NODE: socket }
  await expectRefusals(t, [
    { argv: ['status'], environment, line: /no node answers at/, code: 3 },
    { argv: ['peers', '--json'], environment, line: /no node answers at/, code: 3 },
  ])
})

t.test('1, 2, 4 and 5 follow from what the node answers', async t => {
  const { socket } = await serveFake(t, {
    'POST publish': fail(504, 'not-stored'),
    'POST ping': fail(404, 'peer-unknown'),
    'GET topics': fail(500, 'internal'),
    'POST send': fail(502, 'identity-mismatch'),
    'GET wait': (_request, response) => { response.end('{"members":1,"isMet":false}') },
  })
  const environment = { P2P_GOSSIP_NODE: socket, DEBUG: 'off' }
  await expectRefusals(t, [
    { argv: ['topics'], environment, line: /internal it is/, code: 1 },
    { argv: ['ping', 'x'], environment, line: /peer-unknown it is/, code: 2 },
    { argv: ['ping'], environment, line: /ping needs PEER/, code: 2 },
    { argv: ['publish', 'x', '--wait', '3'], environment, line: /not-stored it is; this/, code: 4 },
    { argv: ['wait', '--members', '2'], environment, line: /1 of 2 members after 30 s/, code: 4 },
    { argv: ['send', '--to', 'x', 'y'], environment, line: /identity-mismatch it is/, code: 5 },
  ])
})

t.test('a reader that goes away is no failure, and Ctrl-C ends subscribe with 0', async t => {
  const { socket } = await serveFake(t)
  const environment = { P2P_GOSSIP_NODE: socket }
  const reading = new Program(['subscribe', 'public', '--json'], environment)
  t.match(JSON.parse(await reading.line(/bulletin/)), { kind: 'bulletin', text: 'hello' })
  t.match(await reading.stop('SIGINT'), { code: 0, stderr: '' })
  const unread = new Program(['export'], environment)
  unread.child.stdout?.destroy()
  t.match(await unread.ended, { code: 0, stderr: '' })
})
