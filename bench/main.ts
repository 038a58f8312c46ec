/**
 * `npm run bench`: everything that docs/benchmarks.md shows, as Markdown on standard output, and
 * with `--write` in that page, between its two marks.
 * `-- [--rounds 9] [--warm-up 1] [--sizes 10,30,50] [--idle-s 60] [--write]`
 * Read next: `mesh.ts`, `idle.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { idleBytesPerSecond } from './idle.js'
import { meshTables } from './mesh.js'

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url)
const BEGIN = '<!-- figures: written by npm run bench -- --write -->'
const END = '<!-- end of figures -->'

const { values } = parseArgs({
  options: {
    'rounds': { type: 'string', default: '9' },
    'warm-up': { type: 'string', default: '1' },
    'sizes': { type: 'string', default: '10,30,50' },
    'idle-s': { type: 'string', default: '60' },
    'write': { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const warmUp = Number(values['warm-up'])
const sizes = values.sizes.split(',').map(Number)
const idleSeconds = Number(values['idle-s'])

const loadBefore = loadavg()[0] ?? 0
const tables = meshTables({ rounds, warmUp, sizes })
const idleBytes = await idleBytesPerSecond(idleSeconds)
const report = [
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform} ` +
    `${process.arch}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ` +
    `load before ${loadBefore.toFixed(1)}. ` +
    `\`npm run bench -- --rounds ${rounds} --warm-up ${warmUp} --sizes ${sizes.join()} ` +
    `--idle-s ${idleSeconds}\``,
  '',
  'Ours divided by bare, median of the rounds and (least–most):',
  '',
  tables.replace('\n\n', '\n\nMedians:\n\n'),
  '',
  `An idle link: ${idleBytes.toFixed(0)} bytes a second, both ways together, over ${idleSeconds} s.`,
].join('\n')
console.log(report)
if (values.write) write(report)

function write (figures: string): void {
  const page = readFileSync(PAGE, 'utf8')
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error('docs/benchmarks.md has lost its marks')
  writeFileSync(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${figures}\n\n${page.slice(to)}`)
}
