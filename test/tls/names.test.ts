import t from 'tap'
import { DialError } from '../../src/ports.js'
import { NameCache, type HostAddress } from '../../src/tls/names.js'

const ANSWER: readonly HostAddress[] = [{ address: '192.0.2.1', family: 4 }]
const never = new AbortController().signal

/** Answers when told to. */
class Resolver {
  readonly asked: string[] = []
  nowMs = 0
  readonly names = new NameCache(host => this.#lookup(host), () => this.nowMs)
  readonly #answers = new Map<string, (addresses: readonly HostAddress[] | Error) => void>()

  /** Ends the question about a host. */
  async answer (host: string, addresses: readonly HostAddress[] | Error = ANSWER): Promise<void> {
    await Promise.resolve()
    const answer = this.#answers.get(host)
    if (answer === undefined) throw new Error(`nobody asks for ${host}`)
    this.#answers.delete(host)
    answer(addresses)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }

  /** Asks for hosts that nobody answers for, until that is given up after `afterMs`. */
  async fail (hosts: readonly string[], afterMs: number): Promise<void> {
    const all = hosts.map(host => this.names.resolve(host, 30_000, never))
    const failed = Promise.allSettled(all)
    while (this.#answers.size > 0) {
      this.nowMs += afterMs
      for (const host of [...this.#answers.keys()]) await this.answer(host, new Error('silence'))
    }
    await failed
  }

  #lookup (host: string): Promise<readonly HostAddress[]> {
    this.asked.push(host)
    return new Promise((resolve, reject) => {
      this.#answers.set(host, addresses => {
        if (addresses instanceof Error) reject(addresses)
        else resolve(addresses)
      })
    })
  }
}

t.test('a literal is its own address and asks nobody', async t => {
  const { names, asked } = new Resolver()
  t.same(await names.resolve('192.0.2.7', 0, never), [{ address: '192.0.2.7', family: 4 }])
  t.same(await names.resolve('2001:db8::1', 0, never), [{ address: '2001:db8::1', family: 6 }])
  t.same(asked, [])
})

t.test('an answer is kept as long as is asked for', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const first = names.resolve('a.example', 30_000, never)
  await resolver.answer('a.example')
  t.same(await first, ANSWER)
  resolver.nowMs = 29_999
  t.same(await names.resolve('a.example', 30_000, never), ANSWER)
  t.same(asked, ['a.example'])
  resolver.nowMs = 30_000
  const later = names.resolve('a.example', 30_000, never)
  await resolver.answer('a.example', [])
  await t.rejects(later, { code: 'name' })
  t.same(asked, ['a.example', 'a.example'])
})

t.test('two questions at a time, and the same one only once', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const all = ['a.example', 'a.example', 'b.example', 'c.example', 'c.example'].map(host =>
    names.resolve(host, 30_000, never))
  t.same(asked, ['a.example', 'b.example'])
  await resolver.answer('a.example')
  t.same(asked, ['a.example', 'b.example', 'c.example'])
  // What is known does not wait for what is not.
  t.same(await names.resolve('a.example', 30_000, never), ANSWER)
  await resolver.answer('c.example')
  await resolver.answer('b.example')
  t.same(await Promise.all(all), [ANSWER, ANSWER, ANSWER, ANSWER, ANSWER])
  t.same(asked, ['a.example', 'b.example', 'c.example'])
})

t.test('a name that failed slowly waits behind others and leaves one of two places', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const dead = ['a.invalid', 'b.invalid', 'c.invalid']
  await resolver.fail(dead, 10_000)
  t.same(asked.splice(0).sort(), dead)
  const again = [...dead, 'a.example'].map(host => names.resolve(host, 30_000, never))
  t.same(asked, ['a.invalid', 'a.example'])
  await resolver.answer('a.example')
  t.same(await again[3], ANSWER)
  t.same(asked, ['a.invalid', 'a.example'], 'no second slow one')
  const other = names.resolve('b.example', 30_000, never)
  await resolver.answer('b.example')
  t.same(await other, ANSWER)
  for (const host of dead) await resolver.answer(host)
  t.same(await Promise.all(again), [ANSWER, ANSWER, ANSWER, ANSWER])
})

t.test('a name that fails at once, or answers at last, is no slow one', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  await resolver.fail(['a.example', 'b.example'], 10_000)
  await resolver.fail(['a.example'], 10)
  const answered = names.resolve('b.example', 0, never)
  resolver.nowMs += 10_000
  await resolver.answer('b.example')
  await answered
  asked.length = 0
  const both = ['a.example', 'b.example'].map(host => names.resolve(host, 0, never))
  t.same(asked, ['a.example', 'b.example'])
  for (const host of ['a.example', 'b.example']) await resolver.answer(host)
  t.same(await Promise.all(both), [ANSWER, ANSWER])
})

t.test('who no longer wants the answer does not ask', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const firsts = ['a.example', 'b.example'].map(host => names.resolve(host, 30_000, never))
  const controller = new AbortController()
  const third = names.resolve('c.example', 30_000, controller.signal)
  controller.abort()
  await resolver.answer('a.example')
  await resolver.answer('b.example')
  await Promise.all(firsts)
  await t.rejects(third, { code: 'aborted' })
  t.same(asked, ['a.example', 'b.example'])
})

t.test('a failure is a DialError, is not kept and holds up nobody', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const first = names.resolve('a.example', 30_000, never)
  const second = names.resolve('a.example', 30_000, never)
  await resolver.answer('a.example', Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
  const error = await first.then(() => null, (error: unknown) => error)
  t.ok(error instanceof DialError && error.code === 'name')
  t.match(String(error), /a\.example has no address \(ENOTFOUND\)/)
  await resolver.answer('a.example')
  t.same(await second, ANSWER)
  t.same(asked, ['a.example', 'a.example'])
})

t.test('at most 1,024 answers are kept, the oldest go', async t => {
  let questions = 0
  const names = new NameCache(async () => {
    questions++
    return ANSWER
  }, () => 0)
  for (let i = 0; i < 1_025; i++) await names.resolve(`${i}.example`, 1, never)
  await names.resolve('1024.example', 1, never)
  await names.resolve('1.example', 1, never)
  t.equal(questions, 1_025)
  await names.resolve('0.example', 1, never)
  t.equal(questions, 1_026)
})
