/**
 * The processes of one round: an author and its subscribers, `member.ts` each. Whatever fails ends
 * the comparison. Read next: `burst.ts`, `paced.ts`.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Order } from './member.js'
import type { Kind } from './party.js'

const SCRIPT = fileURLToPath(new URL('member.js', import.meta.url))
/** What takes longer has failed. */
const ORDER_MAX_MS = 180_000

export class Member {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #nextId = 1

  /** `flags`: of Node, for profiles. */
  constructor (flags: readonly string[] = []) {
    this.#child = fork(SCRIPT, { execArgv: [...flags] })
    this.#child.on('message', ({ id, answer }: { id: number, answer: Answer }) => {
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    })
    this.#child.on('exit', code => {
      if (this.#waiting.size > 0) throw new Error(`a member ended with ${String(code)}`)
    })
  }

  tell (order: Order): Promise<Answer> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error(`${order.order} failed`)) }, ORDER_MAX_MS)
      this.#waiting.set(id, answer => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.#child.send({ ...order, id })
    })
  }

  async end (): Promise<void> {
    const gone = new Promise(resolve => { this.#child.once('exit', resolve) })
    this.#child.disconnect()
    await gone
  }
}

export interface Company {
  readonly author: Member
  readonly subscribers: readonly Member[]
}

/** `takers`: members of each process of subscribers. `profiles`: where the author's goes. */
export async function gather (
  kind: Kind, takers: readonly number[], profile: Profile = null,
): Promise<Company> {
  const author = new Member(profile === 'author' ? PROFILED : [])
  const { address = '' } = await author.tell({ order: 'join', kind, address: null, takers: 0 })
  const subscribers = takers.map((_, i) =>
    new Member(profile === 'subscriber' && i === 0 ? PROFILED : []))
  await Promise.all(subscribers.map((subscriber, i) =>
    subscriber.tell({ order: 'join', kind, address, takers: takers[i] ?? 1 })))
  const all = takers.reduce((sum, count) => sum + count, 0)
  await author.tell({ order: 'linked', count: all })
  if (kind === 'ours') {
    await Promise.all(subscribers.map(each => each.tell({ order: 'linked', count: all })))
  }
  // Greetings, digests and meshes settle.
  await new Promise(resolve => { setTimeout(resolve, SETTLE_MS) })
  return { author, subscribers }
}

export async function end ({ author, subscribers }: Company): Promise<void> {
  await Promise.all([author, ...subscribers].map(member => member.end()))
}

/** Whose CPU profile is written to the working directory. */
export type Profile = 'author' | 'subscriber' | null

const PROFILED = ['--cpu-prof']
const SETTLE_MS = 1_500
