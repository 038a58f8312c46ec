/**
 * Deliberate bugs, one at a time: a text of `src/core` that stands there exactly once, and what a
 * plausible slip would have written instead. Whoever changes such a line changes it here too, or
 * the run says that the text is not found. Read next: `main.ts`, which plants them.
 */

export interface Mutant {
  /** The bug, in words. */
  readonly name: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no arbiter: both ends keep the link that was ready first',
    file: 'membership.ts',
    find: 'if (former !== undefined) this.#replace(former, hello.incarnation)',
    replace: 'if (former !== undefined) return this.drop(entry, \'replaced\')',
  },
  {
    name: 'no arbiter: both ends wait for the other to close',
    file: 'membership.ts',
    find: '} else if (!isArbiter(this.#mesh, former)) {',
    replace: '} else {',
  },
  {
    name: 'the larger end closes doubles too',
    file: 'membership.ts',
    find: '} else if (!isArbiter(this.#mesh, former)) {',
    replace: '} else if (false) {',
  },
  {
    name: 'an obsolete link never stands in',
    file: 'membership.ts',
    find: 'if (standIn?.state.at === \'obsolete\') {',
    replace: 'if (standIn?.state.at === \'ready\') {',
  },
  {
    name: 'the end of a link before its replacement is told as a loss',
    file: 'membership.ts',
    find: 'if (isAnswered && reason === \'closed\') this.#inLimbo.set(entry.peer, reason)',
    replace: 'if (false) this.#inLimbo.set(entry.peer, reason)',
  },
  {
    name: 'rosters are not compared on a fresh link',
    file: 'membership.ts',
    find: 'if (isReunion || links.readyCount === 1) exchange.begin(entry)\n' +
      '    else exchange.beginLater(entry)',
    replace: '',
  },
  {
    name: 'back-off without a cap',
    file: 'seeks.ts',
    find: 'return Math.min(DIAL_LIMITS.redialCapMs, DIAL_LIMITS.redialFirstMs * 2 ** ' +
      'Math.min(failures, 16))',
    replace: 'return DIAL_LIMITS.redialFirstMs * 2 ** Math.min(failures, 16)',
  },
  {
    name: 'a late tick corrects nothing',
    file: 'core.ts',
    find: 'if (lateMs >= PULSE_LIMITS.lateTickMs) this.machines.pulse.onLateTick(lateMs)',
    replace: '',
  },
  {
    name: 'silence is never judged',
    file: 'core.ts',
    find: 'if (pulse.isSilent(entry.id)) this.#membership.drop(entry, \'silent\')',
    replace: '',
  },
  {
    name: 'farewells are ignored: who left is dialled again',
    file: 'core.ts',
    find: 'case \'leave\': return this.#membership.onLeave(entry, frame.record)',
    replace: 'case \'leave\': return',
  },
  {
    name: 'a word that a lost peer is alive is ignored',
    file: 'core.ts',
    find: 'case \'alive\': return exchange.onAlive(frame)',
    replace: 'case \'alive\': return',
  },
  {
    name: 'strangers of one teller are not limited',
    file: 'roster.ts',
    find: 'return this.#toldBy(origin.teller) >= unprovenPerTellerMax ? null : \'free\'',
    replace: 'return \'free\'',
  },
  {
    name: 'strangers of several tellers together are not limited',
    file: 'roster.ts',
    find: 'if (isFull || this.#unprovenCount >= unprovenMax) return null',
    replace: 'if (isFull) return null',
  },
  {
    name: 'unproven members displace proven ones',
    file: 'roster.ts',
    find: 'if (isFull || this.#unprovenCount >= unprovenMax) return null',
    replace: 'if (this.#unprovenCount >= unprovenMax) return null\n' +
      'if (isFull) for (const oldest of this.#members.values()) return oldest',
  },
  {
    name: 'dead records are accepted',
    file: 'roster.ts',
    find: 'if (wallMs - record.issuedMs > ROSTER_LIMITS.recordDeadAfterMs) {',
    replace: 'if (false) {',
  },
  {
    name: 'signatures of records are not checked',
    file: 'roster.ts',
    find: 'return this.#suite.verify(record.publicKey, bytes, signed.signature)',
    replace: 'return bytes.length > 0',
  },
  {
    name: 'incarnations are compared the wrong way round',
    file: 'roster.ts',
    find: ': one.incarnation > other.incarnation',
    replace: ': one.incarnation < other.incarnation',
  },
  {
    name: 'versions are compared without incarnations',
    file: 'roster.ts',
    find: 'return one.incarnation === other.incarnation\n',
    replace: 'return one.incarnation > 0\n',
  },
  {
    name: 'slots of dials are never freed',
    file: 'dials.ts',
    find: 'this.#attempts.delete(attempt.id)',
    replace: 'void attempt.id',
  },
  {
    name: 'no budget for the long lost',
    file: 'seeks.ts',
    find: 'return seek.urgency === \'idle\' && seek.unreachedMs !== null &&',
    replace: 'return seek === null &&',
  },
  {
    name: 'the refusal that carries a newer own record is ignored',
    file: 'membership.ts',
    find: 'if (judged.verdict === \'mine\') {',
    replace: 'if (judged.verdict === \'newer\') {',
  },
]
