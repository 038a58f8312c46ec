/** A day with gossipd, as its users would script it: examples/gossipd.sh, run as it is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { shortDirectory } from '../helpers/short-directory.js'
import { ROOT } from '../helpers/sources.js'

t.test('three nodes on one host: contacts, keys, a private message, a broadcast', async t => {
  const folder = shortDirectory(t)
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin', 'p2p-gossip')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}bin/p2p-gossip.js' "$@"\n`)
  chmodSync(program, 0o755)
  const first = await threePorts()
  const child = spawn('bash', [`${ROOT}examples/gossipd.sh`, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder,
      XDG_RUNTIME_DIR: folder, TMPDIR: folder,
    },
  })
  t.teardown(() => { child.kill('SIGTERM') })
  let shown = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => { shown += text })
  }
  const [code] = await once(child, 'close') as [number | null]
  t.equal(code, 0, shown)
  const lines = shown.trimEnd().split('\n')
  t.match(lines.at(-2), /^\S+ \S+ +alice \([a-z2-7]{10}\) +"only for you"$/, 'the inbox of bob')
  t.match(lines.at(-1), new RegExp('^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\|' +
    'delivered_by:carol\\|sender:poophead\\|wassuppppppp$'), 'as gossipc -g printed it')
})

/** The first of three free ports. */
async function threePorts (): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const one = await free(0)
    const isFree = await Promise.all([free(one + 1), free(one + 2)]).then(() => true, () => false)
    if (one < 65_530 && isFree) return one
  }
  throw new Error('no three ports are free')
}

async function free (port: number): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise(resolve => { server.close(resolve) })
  return typeof address === 'object' ? address?.port ?? 0 : 0
}
