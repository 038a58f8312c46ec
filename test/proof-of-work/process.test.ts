import { spawn } from 'node:child_process'
import t from 'tap'

/**
 * How a process ends that runs `script` with the built program; killed after 20 s. It has a crew, a
 * header, an author and a signal that never aborts, and tells how many workers there were at last.
 */
function run (script: string, ...flags: string[]): Promise<{ code: number | null, told: string }> {
  const built = new URL('../../dist/proof-of-work/', import.meta.url).href
  const text = `
    import { Crew } from '${built}crew.js'
    import { createMinter } from '${built}minter.js'
    const crew = new Crew({ waitingMax: 8 })
    const header = new Uint8Array(72)
    const author = 'a'.repeat(52)
    const never = new AbortController().signal
    process.on('exit', () => console.log('workers', crew.size))
    ${script}
  `
  const argv = [...flags, '--input-type=module', '--eval', text]
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => { told += chunk })
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  return new Promise(resolve => {
    child.once('close', code => {
      clearTimeout(timer)
      resolve({ code, told })
    })
  })
}

t.test('a process whose workers are idle ends by itself, nothing closed', async t => {
  t.same(await run(`
    const minter = createMinter({ kind: 'sha256', bits: 15, crew })
    console.log('nonce', await minter.mint(header, author, minter.bits, never) >= 0)
  `), { code: 0, told: 'nonce true\nworkers 1\n' })
})

t.test('while workers mint, they keep the process alive', async t => {
  t.match(await run(`
    const minter = createMinter({ kind: 'sha256', bits: 16, crew })
    const mints = [1, 2, 3].map(() => minter.mint(header, author, minter.bits, never))
    Promise.all(mints).then(nonces => console.log('nonces', new Set(nonces).size))
  `), { code: 0, told: /^nonces 1\nworkers [1-3]\n$/ })
})

t.test('an aborted mint does not keep the process alive', async t => {
  t.same(await run(`
    const minter = createMinter({ kind: 'tapehash', bits: 28, crew })
    const controller = new AbortController()
    const told = () => controller.abort()
    minter.mint(header, author, minter.bits, controller.signal, told)
      .catch(error => console.log(error.name))
  `), { code: 0, told: 'AbortError\nworkers 1\n' })
})

t.test('who waits behind an aborted mint is served before the process ends', async t => {
  t.same(await run(`
    const single = new Crew({ waitingMax: 8, workersMax: 1 })
    const hard = createMinter({ kind: 'tapehash', bits: 28, crew: single })
    const easy = createMinter({ kind: 'sha256', bits: 15, crew: single })
    const controller = new AbortController()
    const told = () => controller.abort()
    hard.mint(header, author, hard.bits, controller.signal, told)
      .catch(error => console.log(error.name))
    easy.mint(header, author, easy.bits, never).then(nonce => console.log('nonce', nonce >= 0))
  `), { code: 0, told: 'AbortError\nnonce true\nworkers 0\n' })
})

t.test('workers start whatever flags the process has', async t => {
  for (const flags of [['--enable-source-maps'], ['--title=a-title', '--expose-gc']]) {
    t.same(await run(`
      const minter = createMinter({ kind: 'sha256', bits: 15, crew })
      await minter.mint(header, author, minter.bits, never)
    `, ...flags), { code: 0, told: 'workers 1\n' }, flags.join(' '))
  }
})
