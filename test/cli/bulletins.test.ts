/** Bulletins from one spawned program to others: `--chat` and `--subscribe`. */
import { join } from 'node:path'
import t from 'tap'
import { contentId, createNode, topicOf } from '../../src/index.js'
import { until } from '../helpers/loopback-nodes.js'
import { Program, expectRefusals, type Ended } from './program.js'

const HERE = ['--host', '127.0.0.1', '--port', '0', '--period', '60']
const OFF = { DEBUG: 'off' }

type Line = Readonly<Record<string, unknown>>

async function addressOf (program: Program): Promise<string> {
  const line = await program.line(/"kind":"listening"|^listening /)
  return /127\.0\.0\.1:\d+/.exec(line)?.[0] ?? ''
}

function bulletinsOf ({ stdout }: Ended): Line[] {
  return stdout.split('\n').filter(line => line.includes('"kind":"bulletin"'))
    .map(line => JSON.parse(line) as Line)
}

t.test('what one node reads from stdin the subscribers of the topic print', async t => {
  const author = new Program(
    [...HERE, '--json', '--chat', 'room', '--name', 'al\u001b[31m'], OFF, 'pipe',
  )
  const address = await addressOf(author)
  const person = new Program([...HERE, '--connect', address, '--subscribe', 'room'], OFF)
  const machine = new Program(
    [...HERE, '--connect', address, '--json', '--subscribe', topicOf('room')], OFF,
  )
  const stranger = new Program([...HERE, '--connect', address, '--json'], OFF)
  await Promise.all([person.line(/linked/), machine.line(/link-up/), stranger.line(/link-up/)])
  author.type('hello\n\n\u001b]0;x\u0007a\u202eb\r\n')
  author.type(Buffer.from([0xff, 0x00, 0xfe, 0x0a]))
  author.type('last', true)
  const shown = await person.line(/last/)
  await machine.line(/"last"/)
  const [fromAuthor, fromPerson, fromMachine, fromStranger] = await Promise.all(
    [author.stop(), person.stop(), machine.stop(), stranger.stop()],
  )
  for (const ended of [fromAuthor, fromPerson, fromMachine, fromStranger]) {
    t.match(ended, { code: 0, stderr: '' })
  }
  t.match(shown, /^\d\d:\d\d:\d\d {2}bulletin {2}al\[31m~[a-z2-7]{10} {2}room {2}"last"$/)
  const texts = fromPerson.stdout.split('\n').filter(line => line.includes('bulletin'))
    .map(line => line.slice(line.indexOf('room')))
  t.same(texts, ['room  "hello"', 'room  "]0;xab"', 'room  3 bytes', 'room  "last"'])
  t.notMatch(fromPerson.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  t.same(bulletinsOf(fromAuthor), [], 'own lines are not echoed')
  t.same(bulletinsOf(fromStranger), [], 'other topics are not shown')
  const told = bulletinsOf(fromMachine)
  t.same(told.map(({ seq }) => seq), [1, 2, 3, 4])
  t.same(told.map(({ text, data }) => text ?? data),
    ['hello', '\u001b]0;x\u0007a\u202eb', '/wD+', 'last'])
  t.notMatch(fromMachine.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
})

t.test('the JSON line of a bulletin is exactly what is documented', async t => {
  const author = new Program(
    [...HERE, '--json', '--chat', 'room', '--name', 'al'], OFF, 'pipe',
  )
  const { id } = JSON.parse(await author.line(/listening/)) as { id: string }
  const address = await addressOf(author)
  const reader = new Program([...HERE, '--connect', address, '--json', '--subscribe', 'room'], OFF)
  await reader.line(/link-up/)
  author.type('hello\n')
  const line = await reader.line(/bulletin/)
  await Promise.all([author.stop(), reader.stop()])
  const { at, incarnation, timestamp } = JSON.parse(line) as Record<string, number | string>
  t.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.ok(Number.isSafeInteger(incarnation) && Number.isSafeInteger(timestamp))
  t.ok(Math.abs(Number(timestamp) * 1_000 - new Date(String(at)).getTime()) < 10_000)
  t.equal(line, JSON.stringify({
    at, kind: 'bulletin', topic: topicOf('room'), topicText: 'room', author: id, name: 'al',
    incarnation, seq: 1, timestamp, contentId: contentId(Buffer.from('hello')), text: 'hello',
  }))
})

t.test('a line that is too long is refused, and the next one goes out', async t => {
  const author = new Program(
    [...HERE, '--chat', 'room', '--max-content', '8', '--json'], OFF, 'pipe',
  )
  const reader = new Program(
    [...HERE, '--connect', await addressOf(author), '--subscribe', 'room', '--json'], OFF,
  )
  await reader.line(/link-up/)
  author.type('much too long\nshort\n')
  await reader.line(/"short"/)
  const [{ stderr, code }, { stdout }] = await Promise.all([author.stop(), reader.stop()])
  t.equal(stderr,
    'p2p-gossip: a line was not published: it has 13 bytes, --max-content allows 8\n')
  t.equal(code, 0, 'an open stdin keeps nobody from leaving')
  t.notMatch(stdout, /much/)
})

t.test('two people talk, each on a terminal line of their own', async t => {
  const first = new Program([...HERE, '--chat', 'room', '--name', 'al'], OFF, 'pipe')
  const environment = { ...OFF, P2P_GOSSIP_CHAT: 'room', P2P_GOSSIP_NAME: 'bo' }
  const second = new Program([...HERE, '--connect', await addressOf(first)], environment, 'pipe')
  await Promise.all([first.line(/linked/), second.line(/linked/)])
  first.type('who is there\n')
  await second.line(/"who is there"/)
  second.type('me\n')
  t.match(await first.line(/"me"/), / {2}bulletin {2}bo~[a-z2-7]{10} {2}room {2}"me"$/)
  const [one, two] = await Promise.all([first.stop(), second.stop()])
  t.notMatch(one.stdout, /"who/)
  t.notMatch(two.stdout, /"me"/)
})

t.test('every run subscribes to the beacon channel', async t => {
  const reader = new Program([...HERE, '--json'], OFF)
  const author = new Program(
    [...HERE, '--connect', await addressOf(reader), '--chat', 'node beacon channel', '--json'],
    OFF, 'pipe',
  )
  author.type('here\n', true)
  t.match(JSON.parse(await reader.line(/bulletin/)), { topicText: 'node beacon channel' })
  await Promise.all([author.stop(), reader.stop()])
})

t.test('every run shows the private messages to it, without control characters', async t => {
  const person = new Program([...HERE], OFF)
  const machine = new Program([...HERE, '--connect', await addressOf(person), '--json'], OFF)
  const node = await createNode(
    { host: '127.0.0.1', port: 0, connect: [await addressOf(person)] }, { log: () => {} },
  )
  await until(() => node.peers().filter(({ status }) => status === 'linked').length === 2)
  for (const { id } of node.peers()) await node.send(id, 'only you\u001b[31m')
  t.match(await person.line(/ message /), / message {3}\w{10} {2}"only you\[31m"$/)
  const told = JSON.parse(await machine.line(/"message"/)) as Line
  t.match(told, { peer: node.id, contact: null, text: 'only you\u001b[31m' })
  await Promise.all([person.stop(), machine.stop(), node.close()])
})

t.test('work is done for each line, and demanded of others', async t => {
  const worker = [...HERE, '--json', '--difficulty', '8', '--work', 'tapehash']
  const reader = new Program([...worker, '--subscribe', 'room'], OFF)
  const connect = ['--connect', await addressOf(reader), '--chat', 'room']
  const idle = new Program([...HERE, '--json', ...connect], OFF, 'pipe')
  const author = new Program([...worker, ...connect], OFF, 'pipe')
  await Promise.all([idle.line(/link-up/), author.line(/link-up/)])
  idle.type('for free\n')
  author.type('worked for\n')
  await reader.line(/"worked for"/)
  const [ended] = await Promise.all([reader.stop(), idle.stop(), author.stop()])
  t.same(bulletinsOf(ended).map(({ text }) => text), ['worked for'])
})

t.test('a restarted node with --data has its bulletins', async t => {
  const data = join(t.testdir({}), 'state')
  const author = new Program(
    [...HERE, '--json', '--data', data, '--sync', '--chat', 'room'], OFF, 'pipe',
  )
  const reader = new Program(
    [...HERE, '--connect', await addressOf(author), '--subscribe', 'room', '--json'], OFF,
  )
  author.type('one\ntwo\n', true)
  await reader.line(/"two"/)
  await reader.stop()
  t.match(await author.stop(), { code: 0, stderr: '' })
  const node = await createNode({ host: '127.0.0.1', port: 0, data }, { log: () => {} })
  const texts: (string | null)[] = []
  for await (const { text, author: by } of node.query({ topic: 'room' })) {
    texts.push(text)
    t.equal(by, node.id)
  }
  t.same(texts, ['one', 'two'])
  t.equal((await node.get(contentId(Buffer.from('one'))))?.text, 'one')
  await node.close()
})

t.test('wrong values of these flags are one line and exit code 2', async t => {
  await expectRefusals(t, [
    { argv: ['--retain', '5'], line: /--retain must be a number of seconds from 60 to 2592000/ },
    { argv: ['--quota', '5'], line: /--quota must be a number of bytes from 1M to 16G, not "5"/ },
    { argv: ['--sync'], line: /--sync needs --data: / },
    { argv: ['--subscribe', ''], line: /--subscribe needs a value: a text of 1 to 1024 bytes/ },
    { argv: ['--chat', 'a', '--chat', 'b'], line: /--chat is given 2 times; give it once/ },
    { argv: ['id', '--chat', 'a'], line: /--chat is no flag of id but of run; leave it out/ },
    { argv: [], environment: { P2P_GOSSIP_QUOTA: 'all' }, line: /P2P_GOSSIP_QUOTA must be/ },
  ])
})
