/**
 * Makes dist/ from src/ with the TypeScript compiler installed here. `npm install` in a clone runs
 * it through `prepare`. A packed copy brings dist/ and no src/: nothing is to be done then. Without
 * the compiler (`npm install --omit=dev`) `prepare` keeps the dist/ that is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

process.exitCode = build()

/** Exit code of the build. */
function build () {
  if (!existsSync(`${root}src`)) return 0
  const compiler = findCompiler()
  if (compiler === null) return withoutCompiler()
  rmSync(`${root}dist`, { recursive: true, force: true })
  const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  return run.status ?? 1
}

/** The compiler's script in this package's own dependencies, or null. */
function findCompiler () {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc')
  } catch {
    return null
  }
}

function withoutCompiler () {
  console.error('build: typescript is not installed; run "npm install" without --omit=dev')
  return process.env['npm_lifecycle_event'] === 'prepare' ? 0 : 1
}
