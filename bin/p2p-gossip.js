#!/usr/bin/env node
// Calls the built command line and sets the exit code. All the rest is in src/cli/main.ts.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/cli/main.js', import.meta.url)

if (existsSync(entry)) {
  const { main } = await import('../dist/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  console.error('p2p-gossip: not built yet; run "npm install" in its directory')
  process.exitCode = 1
}
