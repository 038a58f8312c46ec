/**
 * Deliberate bugs of routes, as `mutants.ts` has them for the mesh. Files are those of `src/core`.
 * Read next: `route-worlds.ts`, where they are caught.
 */
import type { Mutant } from './mutants.js'

export const ROUTE_MUTANTS: readonly Mutant[] = [
  {
    name: 'routes: links that one end tells count',
    file: 'routes/graph.ts',
    find: 'if (code < 0) continue',
    replace: '',
  },
  {
    name: 'routes: signatures of tables are not checked',
    file: 'routes/tables.ts',
    find: 'if (!this.#suite.verify(member.record.publicKey, bytes, signed.signature)) {',
    replace: 'if (false) {',
  },
  {
    name: 'routes: versions of tables are not compared',
    file: 'routes/tables.ts',
    find: 'if (held !== undefined && !isNewer(head, held.head)) return { verdict: \'known\' }',
    replace: '',
  },
  {
    name: 'routes: tables of members that left are taken',
    file: 'routes/tables.ts',
    find: 'if (member === undefined || this.isGone(owner)) return { verdict: \'passed-over\' }',
    replace: 'if (member === undefined) return { verdict: \'passed-over\' }',
  },
  {
    name: 'routes: changes of links are not told',
    file: 'routes/telling.ts',
    find: 'deadlines.set(\'table-tell\', \'\', dueMs)',
    replace: 'void dueMs',
  },
  {
    name: 'routes: tables are passed on to those whom their owner reaches',
    file: 'routes/telling.ts',
    find: '!shownBy.has(id) && this.#tables.tells(owner, prefixOf(peer)) !== true)',
    replace: '!shownBy.has(id) && prefixOf(peer) !== \'\')',
  },
  {
    name: 'routes: links that ended count until others are told',
    file: 'routes/ways.ts',
    find: '? { ...table, links: table.links.filter(({ prefix }) => linked.has(prefix)) }',
    replace: '? { ...table, links: table.links.filter(() => linked.size < 1e9) }',
  },
  {
    name: 'routes: bulletins are passed on to all links',
    file: 'routes/routing.ts',
    find: 'return childrenOf(shortestPaths(graph, author), me)',
    replace: 'return (graph.edges[me] ?? []).map(edge => edge.to)',
  },
  {
    name: 'routes: bulletins are not passed on',
    file: 'bulletins/relaying.ts',
    find: 'if (pushed.length > 0) this.#spread.pass(pushed, batch, hops)',
    replace: '',
  },
  {
    name: 'routes: nobody is told what is here',
    file: 'bulletins/relaying.ts',
    find: 'if (to !== link && !pushed.includes(to)) this.#tellLater(to, log, held)',
    replace: '',
  },
  {
    name: 'routes: what is told is asked for at once',
    file: 'bulletins/relaying.ts',
    find: 'const dueMs = nowMs + ROUTE_LIMITS.headsAskedAfterMs',
    replace: 'const dueMs = nowMs',
  },
  {
    name: 'routes: pings pass any number of links',
    file: 'routes/relay-pings.ts',
    find: 'if (passed >= ROUTE_LIMITS.relayPingHopsMax) return null',
    replace: '',
  },
  {
    name: 'routes: pings are heard again within the window',
    file: 'routes/relay-pings.ts',
    find: 'return !heard.seen.has(sequence)',
    replace: 'return true',
  },
  {
    name: 'routes: pings are heard again after the window',
    file: 'routes/relay-pings.ts',
    find: 'if (sequence + ROUTE_LIMITS.relayPingsSeenMax <= heard.last) return false',
    replace: '',
  },
]
