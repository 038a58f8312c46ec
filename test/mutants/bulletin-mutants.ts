/**
 * Deliberate bugs of bulletins, one for each of their rules, as `mutants.ts` has them for the mesh.
 * Files are those of `src/core`. Read next: `bulletin-worlds.ts`, where most are caught that seeds
 * let through.
 */
import type { Mutant } from './mutants.js'

export const BULLETIN_MUTANTS: readonly Mutant[] = [
  {
    name: 'bulletins: signatures of batches are not checked',
    file: 'bulletins/judging.ts',
    find: 'if (verdict === \'bad-signature\' || verdict === \'bad-items\') return \'refused\'',
    replace: 'if (verdict === \'bad-items\') return \'refused\'',
  },
  {
    name: 'bulletins: the hash of the items is not checked',
    file: 'bulletins/judging.ts',
    find: 'if (verdict === \'bad-signature\' || verdict === \'bad-items\') return \'refused\'',
    replace: 'if (verdict === \'bad-signature\') return \'refused\'',
  },
  {
    name: 'bulletins: whoever sends false ones is not closed',
    file: 'bulletins/intake.ts',
    find: 'if (verdict === \'good\' || verdict === \'under-worked\' || link === null) {',
    replace: 'if (verdict !== null) {',
  },
  {
    name: 'bulletins: work that is too little is taken',
    file: 'bulletins/judging.ts',
    find: 'if (verdict === \'under-worked\' || isExpired(mesh, held.newest) ||',
    replace: 'if (isExpired(mesh, held.newest) ||',
  },
  {
    name: 'bulletins: expired ones are taken',
    file: 'bulletins/judging.ts',
    find: 'if (verdict === \'under-worked\' || isExpired(mesh, held.newest) ||',
    replace: 'if (verdict === \'under-worked\' ||',
  },
  {
    name: 'bulletins: expired ones stay',
    file: 'bulletins/retention.ts',
    find: 'for (const held of log.held.filter(newest => isExpired(mesh, newest))) {',
    replace: 'for (const held of log.held.filter(() => false)) {',
  },
  {
    name: 'bulletins: those of the future are taken',
    file: 'bulletins/judging.ts',
    find: 'if (aheadMs > 0) {',
    replace: 'if (false) {',
  },
  {
    name: 'bulletins: those of the future are settled',
    file: 'bulletins/judging.ts',
    find: 'log.noteEarly(held.first, lastOf(held), mesh.nowMs, mesh.nowMs + aheadMs)\n' +
      '      return \'refused\'',
    replace: 'return this.#refuse(log, held)',
  },
  {
    name: 'bulletins: nothing waits behind a gap',
    file: 'bulletins/delivering.ts',
    find: 'const isBlocked = first > next && this.#isAwaited(line, next, first - 1)',
    replace: 'const isBlocked = false',
  },
  {
    name: 'bulletins: a gap is not asked for when it shows',
    file: 'bulletins/judging.ts',
    find: 'if (gap !== null && entry?.state.at === \'ready\') this.onGap?.(entry, log, gap)',
    replace: '',
  },
  {
    name: 'bulletins: heads in heartbeats are not compared',
    file: 'bulletins/sync.ts',
    find: 'this.#wants.offer(entry.id, log, log.lacking({ first: 1, last }, false))',
    replace: '',
  },
  {
    name: 'bulletins: logs are not compared on a fresh link, nor later',
    file: 'bulletins/sync.ts',
    find: 'send(this.#shelf.mesh, [link], { type: \'log-digest\', root, rows: null, ' +
      'answer: false })',
    replace: 'void root',
  },
  {
    name: 'bulletins: rows that changed nothing are told again',
    file: 'bulletins/sync.ts',
    find: 'const isSettled = equalBytes(seen.theirs, root) && equalBytes(seen.own, own.root)',
    replace: 'const isSettled = false',
  },
  {
    name: 'bulletins: rows of which something is missing count as compared',
    file: 'bulletins/sync.ts',
    find: 'if (this.#takeRows(entry, rows)) seen.missing = root',
    replace: 'this.#takeRows(entry, rows)',
  },
  {
    name: 'bulletins: what an author is still writing counts as gone',
    file: 'bulletins/wants.ts',
    find: 'if (!complete) return',
    replace: '',
  },
  {
    name: 'bulletins: what is still being written is said to be all',
    file: 'bulletins/supply.ts',
    find: 'serving.complete && (serving.isStored || !batches.includes(null))',
    replace: 'serving.complete',
  },
  {
    name: 'bulletins: the position after each batch is settled, too',
    file: 'bulletins/stock.ts',
    find: 'log.settle(held.first, lastOf(held), held.newest)\n    logs.hold(log, held)',
    replace: 'log.settle(held.first, lastOf(held) + 1, held.newest)\n    logs.hold(log, held)',
  },
  {
    name: 'bulletins: a batch counts as stored before it is',
    file: 'bulletins/stock.ts',
    find: 'log.settle(held.first, lastOf(held), held.newest)\n    logs.hold(log, held)',
    replace: 'this.settle(log, held)\n    logs.hold(log, held)',
  },
  {
    name: 'bulletins: what a full disk refused is given up',
    file: 'bulletins/stock.ts',
    find: 'if (isHeld && !isOwn(mesh, log)) log.settled.remove(held.first, lastOf(held))\n' +
      '    else this.settle(log, held)',
    replace: 'this.settle(log, held)',
  },
  {
    name: 'bulletins: what a full disk refused is delivered again',
    file: 'bulletins/delivering.ts',
    find: 'if (line.passed.covers(first, last)) return null',
    replace: '',
  },
  {
    name: 'bulletins: publishing goes on while the disk is full',
    file: 'bulletins/publisher.ts',
    find: 'if (this.#machines.stock.isResting) return this.#fail(event.publication, ' +
      '\'store-failed\')',
    replace: '',
  },
  {
    name: 'bulletins: a full disk is not told',
    file: 'bulletins/stock.ts',
    find: 'if (!this.#isFailing) {\n      warn(',
    replace: 'if (false) {\n      warn(',
  },
  {
    name: 'bulletins: there is no quota',
    file: 'bulletins/retention.ts',
    find: 'while (logs.bytes > mesh.options.bulletins.quotaBytes) {',
    replace: 'while (false) {',
  },
  {
    name: 'bulletins: the newest batch gives way',
    file: 'bulletins/retention.ts',
    find: 'const oldest = log?.held.first',
    replace: 'const oldest = log?.held.last',
  },
  {
    name: 'bulletins: what nobody has stored holds nothing back',
    file: 'bulletins/receipts.ts',
    find: 'return this.#unstoredBytes + openBytes < BULLETIN_LIMITS.unstoredBytesMax',
    replace: 'return true',
  },
  {
    name: 'bulletins: publishing keeps no pace with links',
    file: 'bulletins/pace.ts',
    find: 'if (this.#sentBytes + openBytes - this.#slowestBytes < laggingBytesMax) return true',
    replace: 'return true',
  },
  {
    name: 'bulletins: a fork is refused and not looked into',
    file: 'bulletins/judging.ts',
    find: 'this.#machines.forks.suspect(log, { headBytes, signature }, suspect)\n    return true',
    replace: 'return true',
  },
  {
    name: 'bulletins: another version of what is held is taken for the same',
    file: 'bulletins/intake.ts',
    find: 'if (ours === undefined || isSame) return this.#tell(source, \'known\')',
    replace: 'if (ours !== null) return this.#tell(source, \'known\')',
  },
  {
    name: 'bulletins: a fork is not passed on',
    file: 'bulletins/forks.ts',
    find: 'send(mesh, readyLinks(mesh), evidence)',
    replace: '',
  },
  {
    name: 'bulletins: who was away is not told of a fork',
    file: 'bulletins/forks.ts',
    find: 'send(this.#shelf.mesh, [entry.id], fork)',
    replace: '',
  },
  {
    name: 'bulletins: signatures of evidence are not checked',
    file: 'bulletins/forks.ts',
    find: 'if (!this.isSigned(one, evidence.one) || !this.isSigned(other, evidence.other)) ' +
      'return false',
    replace: '',
  },
  {
    name: 'bulletins: any two heads are evidence',
    file: 'bulletins/forks.ts',
    find: 'if (!this.#isConflict(one, other, evidence)) return false',
    replace: '',
  },
  {
    name: 'bulletins: wants that wait are not counted',
    file: 'bulletins/supply.ts',
    find: 'if (queue.length >= BULLETIN_LIMITS.wantsServedMax) return \'too many wants at once\'',
    replace: '',
  },
  {
    name: 'bulletins: timestamps of a log follow the clock back',
    file: '../hall/publications.ts',
    find: 'this.#lastTimestamp = Math.max(this.#lastTimestamp, Math.floor(wallMs() / 1_000))',
    replace: 'this.#lastTimestamp = Math.floor(wallMs() / 1_000)',
  },
]
