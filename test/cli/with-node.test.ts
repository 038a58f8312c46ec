import t from 'tap'
import type { Status } from '../../src/api/schemas.js'
import type { FoundNode } from '../../src/cli/api-door.js'
import { chosen } from '../../src/cli/with-node.js'
import { CliError } from '../../src/cli/exit-code.js'
import { ApiCallError, NoNodeError, runVerb, statusView } from './fake-node.js'

function node (port: number | null, short: string): FoundNode {
  return { socket: `/run/${short}.sock`, port, short }
}

const [AL, BO, CY] = [node(8080, 'aaaaaaaaaa'), node(8081, 'bbbbbbbbbb'), node(8082, 'bbbbcccccc')]

t.test('without --node: the default port, else the only one', async t => {
  t.equal(chosen([BO!, AL!], undefined), AL!.socket)
  t.equal(chosen([BO!], undefined), BO!.socket)
  t.throws(() => chosen([BO!, CY!], undefined), {
    code: 'option-invalid', message: /bbbbbbbbbb on port 8081, bbbbcccccc on port 8082; give --/,
  })
  t.throws(() => chosen([], undefined), { name: 'CliError', exitCode: 3 })
})

t.test('--node is a port or the beginning of a short identity', async t => {
  const all = [AL!, BO!, CY!]
  t.equal(chosen(all, '8081'), BO!.socket)
  t.equal(chosen(all, 'bbbbc'), CY!.socket)
  t.equal(chosen(all, 'a'.repeat(52)), AL!.socket, 'a whole identity')
  t.throws(() => chosen(all, 'bbbb'), { code: 'option-invalid', message: /"bbbb" may be one of/ })
  t.throws(() => chosen(all, 'aa'), CliError, 'too short')
  t.throws(() => chosen(all, '9999'), {
    exitCode: 3, message: /^--node: no running node is "9999"; there are aaaaaaaaaa on port 8080,/,
  })
  t.throws(() => chosen([], '9', 'P2P_GOSSIP_NODE'), { message: /^P2P_GOSSIP_NODE: .*none runs/ })
})

t.test('what many nodes are called fits a line', async t => {
  const many = Array.from({ length: 20 }, (_, i) => node(9_000 + i, `abcd${'e'.repeat(6)}`))
  t.throws(() => chosen(many, undefined), { message: /port 9007 and 12 more; give/ })
})

t.test('flag, then P2P_GOSSIP_NODE, then P2P_GOSSIP_PORT, then whoever is there', async t => {
  const api = { status: async () => statusView() }
  const nodes = [AL!, BO!, CY!]
  const socketOf = async (argv: string[], environment: Record<string, string>): Promise<unknown> =>
    (await runVerb(['status', ...argv], { api, nodes, environment })).sockets[0]
  const both = { P2P_GOSSIP_NODE: '8081', P2P_GOSSIP_PORT: '8082' }
  t.equal(await socketOf(['--node', '8080'], both), AL!.socket)
  t.equal(await socketOf([], both), BO!.socket)
  t.equal(await socketOf([], { P2P_GOSSIP_PORT: '8082', P2P_GOSSIP_NODE: '' }), CY!.socket)
  t.equal(await socketOf([], { P2P_GOSSIP_PORT: '0' }), AL!.socket, '0 names no node')
  for (const path of ['./x', 'x.sock']) {
    t.equal(await socketOf(['--node', path], both), path, 'a path is taken as it is')
  }
})

t.test('a node whose socket does not say who it is is asked, where that matters', async t => {
  const status = async (): Promise<Status> => statusView({ id: `ccccc${'a'.repeat(47)}` })
  const nodes = [{ ...BO!, short: null }, CY!]
  const run = async (argv: string[], found: FoundNode[]): Promise<unknown> =>
    (await runVerb(['leave', ...argv], {
      api: { status, leave: async () => {} }, nodes: found,
    })).calls.map(([name]) => name)
  t.same(await run(['--node', 'cccc'], nodes), ['status', 'leave'])
  t.same(await run(['--node', '8081'], nodes), ['leave'])
  t.same(await run([], [nodes[0]!]), ['leave'])
  const several = await runVerb(['leave'], { api: { status }, nodes })
  t.match(several, { code: 2, errors: /--node is needed.*cccccaaaaa on port 8081, bbbb/ })
  const mute = async (): Promise<never> => { throw new NoNodeError('/a.sock', 'ECONNRESET') }
  t.match(await runVerb(['leave'], { api: { status: mute }, nodes }),
    { code: 2, errors: /may be one of port 8081, bbbbcccccc on port 8082/ })
})

t.test('errors of the API have their exit codes and one line', async t => {
  const cases: [Error, number, RegExp][] = [
    [new NoNodeError('/a.sock', 'ECONNREFUSED'), 3, /no node answers at \/a.sock: ECONNREFU.*; it/],
    [new ApiCallError(404, 'peer-unknown'), 2, /^p2p-gossip: it said so\n$/],
    [new ApiCallError(400, 'option-invalid'), 2, /it said so/],
    [new ApiCallError(500, 'internal'), 1, /it said so/],
    [new ApiCallError(503, 'busy'), 1, /it said so/],
    [new ApiCallError(503, 'store-failed'), 1, /it said so/],
    [new ApiCallError(504, 'request-failed'), 1, /it said so/],
    [new ApiCallError(409, 'identity-mismatch'), 5, /it said so/],
    [new ApiCallError(409, 'node-closed'), 3, /it said so/],
    [new ApiCallError(408, 'condition-false'), 4, /it said so/],
    [new ApiCallError(400, 'x', 'a\u001b[2J\nb'), 2, /^p2p-gossip: a\[2J b\n$/],
    [new Error('ours'), 1, /internal error: ours/],
  ]
  for (const [error, code, line] of cases) {
    const ran = await runVerb(['status'], { api: { status: async () => { throw error } } })
    t.equal(ran.code, code, error.message)
    t.match(ran.errors, line)
    t.match(ran.errors, /^[^\n]*\n$/)
    t.equal(ran.out, '')
  }
})
