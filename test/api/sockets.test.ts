/** With real files and sockets, in folders of this test's own. */
import {
  chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, createServer as createRaw } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findSockets, parseSocketName, socketDirectory } from '../../src/api/socket-names.js'
import { claimSocket, type Claimed } from '../../src/api/sockets.js'
import { API_LIMITS } from '../../src/limits.js'
import { shortDirectory } from '../helpers/short-directory.js'

const SHORT = 'abcdefghij'

interface Claiming {
  readonly server: Server
  readonly claimed: Claimed
}

/** A server of its own for each claim, as each node has one; ends with the test. */
async function claim (
  t: Test, root: string, over: { port?: number, short?: string, path?: string } = {},
): Promise<Claiming> {
  const server = createServer((_, answer) => { answer.end(over.short ?? SHORT) })
  t.teardown(() => { server.close() })
  const { port = 8080, short = SHORT, path = null } = over
  const claimed = await claimSocket(server, {
    environment: { XDG_RUNTIME_DIR: root }, port, short, path,
  })
  return { server, claimed }
}

/** A socket that nobody serves any more, as a killed node leaves one. */
async function leaveDead (path: string): Promise<void> {
  const server = createRaw()
  await new Promise<void>(resolve => { server.listen(`${path}.x`, resolve) })
  linkSync(`${path}.x`, path)
  await new Promise(resolve => { server.close(resolve) })
}

function isAnswered (path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path, () => { resolve(true) })
    socket.once('error', () => { resolve(false) })
    socket.once('connect', () => { socket.destroy() })
  })
}

t.test('the folder is the session\'s, else one of this user among the temporary files', async t => {
  t.equal(socketDirectory({ XDG_RUNTIME_DIR: '/run/user/7' }), '/run/user/7/p2p-gossip')
  const uid = process.getuid?.()
  t.equal(socketDirectory({ TMPDIR: '/var/tmp' }), `/var/tmp/p2p-gossip-${uid}`)
  t.match(socketDirectory({ XDG_RUNTIME_DIR: 'relative' }), `p2p-gossip-${uid}`)
})

t.test('a socket is named after the port, for this user alone, and removed at the end', async t => {
  const root = shortDirectory(t)
  const { claimed } = await claim(t, root)
  t.equal(claimed.path, join(root, 'p2p-gossip', '8080.sock'))
  t.equal(lstatSync(claimed.path).mode & 0o777, 0o600)
  t.equal(lstatSync(join(root, 'p2p-gossip')).mode & 0o777, 0o700)
  t.same(readdirSync(join(root, 'p2p-gossip')), ['8080.sock'], 'nothing else is left there')
  t.ok(await isAnswered(claimed.path))
  await claimed.release()
  t.notOk(existsSync(claimed.path))
})

t.test('where a live node has the port the short identity comes in', async t => {
  const root = shortDirectory(t)
  const first = await claim(t, root)
  const second = await claim(t, root, { short: 'klmnopqrst' })
  t.equal(second.claimed.path, join(root, 'p2p-gossip', '8080-klmnopqrst.sock'))
  t.ok(await isAnswered(first.claimed.path))
  await t.rejects(claim(t, root, { short: 'klmnopqrst' }), /a live node serves/)
  t.same(await findSockets({ XDG_RUNTIME_DIR: root }), [
    { socket: second.claimed.path, port: 8080, short: 'klmnopqrst' },
    { socket: first.claimed.path, port: 8080, short: null },
  ])
})

t.test('a dead socket is replaced', async t => {
  const root = shortDirectory(t)
  mkdirSync(join(root, 'p2p-gossip'), { mode: 0o700 })
  await leaveDead(join(root, 'p2p-gossip', '8080.sock'))
  t.same(await findSockets({ XDG_RUNTIME_DIR: root }), [])
  const { claimed } = await claim(t, root)
  t.equal(claimed.path, join(root, 'p2p-gossip', '8080.sock'))
  t.ok(await isAnswered(claimed.path))
})

t.test('nodes that start at once, over a dead socket too, never lose one', async t => {
  for (let round = 0; round < 20; round++) {
    const root = shortDirectory(t)
    mkdirSync(join(root, 'p2p-gossip'), { mode: 0o700 })
    if (round % 2 === 0) await leaveDead(join(root, 'p2p-gossip', '8080.sock'))
    const shorts = ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc', 'dddddddddd', 'eeeeeeeeee']
    const all = await Promise.all(shorts.map(short => claim(t, root, { short })))
    const paths = all.map(({ claimed }) => claimed.path)
    t.equal(new Set(paths).size, shorts.length, 'each has a name of its own')
    for (const { claimed, server } of all) {
      const isOwn = await new Promise<boolean>(resolve => {
        server.once('connection', () => { resolve(true) })
        void isAnswered(claimed.path).then(isIt => { if (!isIt) resolve(false) })
      })
      t.ok(isOwn, 'and is reached by it')
    }
    await Promise.all(all.map(({ server }) => new Promise(resolve => { server.close(resolve) })))
  }
})

t.test('the name of somebody else is not removed at the end', async t => {
  const root = shortDirectory(t)
  const first = await claim(t, root)
  first.server.close()
  await first.claimed.release()
  const second = await claim(t, root)
  t.equal(second.claimed.path, first.claimed.path)
  await first.claimed.release()
  t.ok(await isAnswered(second.claimed.path))
})

t.test('a folder that others may write to, or that is none, is refused', async t => {
  const root = shortDirectory(t)
  mkdirSync(join(root, 'open', 'p2p-gossip'), { recursive: true })
  chmodSync(join(root, 'open', 'p2p-gossip'), 0o777)
  mkdirSync(join(root, 'file'))
  writeFileSync(join(root, 'file', 'p2p-gossip'), 'text')
  await t.rejects(claim(t, join(root, 'open')), /others may write/)
  await t.rejects(claim(t, join(root, 'file')), /EEXIST|no directory/)
  mkdirSync(join(root, 'named', 'p2p-gossip'), { recursive: true, mode: 0o700 })
  writeFileSync(join(root, 'named', 'p2p-gossip', '8080.sock'), 'mine')
  await t.rejects(claim(t, join(root, 'named')), /no socket/)
})

t.test('a path that is too long is refused before anything is made', async t => {
  const root = shortDirectory(t)
  const max = API_LIMITS.socketPathBytesMax
  await t.rejects(claim(t, join(root, 'd'.repeat(max))), /bytes, a socket may have 107/)
  t.same(readdirSync(root), [])
})

t.test('a path that the operator names is taken as it is', async t => {
  const root = shortDirectory(t)
  const path = join(root, 'mine')
  const { claimed } = await claim(t, '/nowhere', { path })
  t.equal(claimed.path, path)
  await t.rejects(claim(t, '/nowhere', { path }), /a live node serves/)
})

t.test('names of sockets', async t => {
  t.same(parseSocketName('8080.sock'), { port: 8080, short: null })
  t.same(parseSocketName('1-abcdefghij.sock'), { port: 1, short: 'abcdefghij' })
  t.same(parseSocketName('other.sock'), { port: null, short: null })
  t.same(await findSockets({ XDG_RUNTIME_DIR: '/nowhere/at/all' }), [])
})
