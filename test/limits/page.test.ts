/**
 * docs/limits.md is printed from src/limits.ts: `UPDATE_LIMITS=1 npx tap test/limits/page.test.ts`
 * writes it. And what the limits assert of each other when they load.
 */
import { writeFileSync } from 'node:fs'
import t from 'tap'
import {
  API_LIMITS, BULLETIN_LIMITS, DIAL_LIMITS, HALLWAY_LIMITS, LIMITS, LINK_LIMITS, OPTION_LIMITS,
  PRIVATE_LIMITS, PULSE_LIMITS, ROSTER_LIMITS, ROUTE_LIMITS, STORE_LIMITS, TRUST_LIMITS,
  VOIDPHONE_LIMITS, WIRE_LIMITS, WORK_LIMITS, type Limit, type LimitValues,
} from '../../src/limits.js'
import { assertRelations, relationsOf } from '../../src/limits-relations.js'
import { filesBelow, read, ROOT } from '../helpers/sources.js'

const PAGE = 'docs/limits.md'
const COMMAND = 'UPDATE_LIMITS=1 npx tap test/limits/page.test.ts'
const VALUES: LimitValues = {
  WIRE_LIMITS, LINK_LIMITS, ROSTER_LIMITS, DIAL_LIMITS, PULSE_LIMITS, TRUST_LIMITS, HALLWAY_LIMITS,
  OPTION_LIMITS, BULLETIN_LIMITS, STORE_LIMITS, WORK_LIMITS, PRIVATE_LIMITS, API_LIMITS,
  VOIDPHONE_LIMITS, ROUTE_LIMITS,
}
const TITLES: Readonly<Record<keyof LimitValues, string>> = {
  WIRE_LIMITS: 'What a link may carry',
  LINK_LIMITS: 'Links, handshakes and what waits on them',
  ROSTER_LIMITS: 'Who is known and for how long',
  DIAL_LIMITS: 'How hard lost peers are sought',
  PULSE_LIMITS: 'Heartbeats, silence and pings',
  ROUTE_LIMITS: 'Routes: link tables and what is passed on',
  TRUST_LIMITS: 'Keys, clocks and twins',
  BULLETIN_LIMITS: 'Bulletins: logs, batches, what is kept and asked for',
  STORE_LIMITS: 'The store of bulletins',
  WORK_LIMITS: 'Hashcash: doing it and checking it',
  PRIVATE_LIMITS: 'Contacts and private messages',
  HALLWAY_LIMITS: 'The pace of the hallway',
  OPTION_LIMITS: 'What may be given, and what is shown',
  API_LIMITS: 'What the control API takes',
  VOIDPHONE_LIMITS: 'Voidphone: modules, and those who ask for members',
}
const groups = Object.entries(LIMITS) as [keyof LimitValues, Readonly<Record<string, Limit>>][]

function printed (): string {
  const sections = groups.map(([group, limits]) => [
    `## ${TITLES[group]}`,
    '',
    '| limit | value | unit | why | when it is reached |',
    '|---|---|---|---|---|',
    ...Object.entries(limits).map(([name, { value, unit, reason, policy }]) =>
      `| \`${name}\` | ${value.toLocaleString('en-US')} | ${unit} | ${reason} | ${policy} |`),
  ].join('\n'))
  return [
    '# Limits',
    'Every bound of this program, printed from `src/limits.ts`; a test compares them and ' +
      'others in\n`test/limits` fill each one. Those with a default are set by options, see ' +
      '[options](options.md). To print\nthis page again: `' + COMMAND + '`.',
    ...sections,
    '## How they relate',
    'Asserted when the program loads; it does not start with limits that contradict each other.',
    relationsOf(VALUES).map(([sentence]) => `- ${sentence}`).join('\n'),
  ].join('\n\n') + '\n'
}

t.test('docs/limits.md is what src/limits.ts says', async t => {
  if (process.env['UPDATE_LIMITS'] !== undefined) writeFileSync(ROOT + PAGE, printed())
  t.equal(filesBelow('docs', '.md').includes(PAGE) ? read(PAGE) : '', printed(),
    `print it again: ${COMMAND}`)
})

t.test('every limit has a reason and a policy, and a name that ends in its unit', async t => {
  for (const [group, limits] of groups) {
    for (const [name, { value, unit, reason, policy }] of Object.entries(limits)) {
      t.ok(value > 0 && reason.length > 5 && policy.length > 5, `${group}.${name}`)
      t.equal(unit === 'ms', /Ms$/.test(name), `${name} in ${unit}`)
      t.equal(unit === 'bytes', /Bytes/.test(name), `${name} in ${unit}`)
    }
  }
})

t.test('the values that the program uses are those of the table', async t => {
  for (const [group, limits] of groups) {
    t.same(VALUES[group], Object.fromEntries(
      Object.entries(limits).map(([name, { value }]) => [name, value])))
  }
})

t.test('each relation holds, and a careless edit of one of its limits is told by name', async t => {
  t.doesNotThrow(() => { assertRelations(VALUES) })
  const careless = groups.flatMap(([group, limits]) => Object.keys(limits).flatMap(name =>
    [0, 1e12].map(value => ({ ...VALUES, [group]: { ...VALUES[group], [name]: value } }))))
  relationsOf(VALUES).forEach(([sentence, holds], i) => {
    t.ok(holds, sentence)
    const broken = careless.filter(values => relationsOf(values)[i]?.[1] === false)
    t.ok(broken.length > 0, `something breaks it: ${sentence}`)
  })
  for (const values of careless) {
    const [first] = relationsOf(values).find(([, holds]) => !holds) ?? []
    if (first === undefined) continue
    t.throws(() => { assertRelations(values) },
      { message: `src/limits.ts: ${first} does not hold` })
  }
})

t.test('every group has a file here that fills it', async t => {
  const files = filesBelow('test/limits', '.test.ts').map(read).join('\n')
  for (const [group] of groups) t.ok(files.includes(`fill('${group}', {`), group)
})

t.test('no number of src that bounds something stands outside of the table', async t => {
  const bounds = /\bconst [A-Z_]*(_MAX|_MIN|_EVERY_MS|_LIMIT)\b *= *[\d_]+/
  const found = filesBelow('src', '.ts').filter(path => !/^src\/limits(\/|\.ts$)/.test(path))
    .flatMap(path => read(path).split('\n').filter(line => bounds.test(line))
      .map(line => `${path} ${line.trim()}`))
  // What a format or an algorithm is defined with.
  t.same(found, [
    'src/core/bulletins/spread.ts const HOPS_TOLD_MAX = 0xff',
    'src/core/routes/shortest-paths.ts const CLASS_MAX = 20',
    'src/wire/bytes.ts export const U32_MAX = 0xffff_ffff',
    'src/proof-of-work/tapehash.ts const MULTIPLIER_MAX = 65_536',
    'src/voidphone/codec.ts export const MESSAGE_BYTES_MAX = 0xffff',
  ].filter(known => found.includes(known)))
})
