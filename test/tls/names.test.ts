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
  #answer: (addresses: readonly HostAddress[] | Error) => void = () => {}

  /** Ends the question under way. */
  async answer (addresses: readonly HostAddress[] | Error = ANSWER): Promise<void> {
    await Promise.resolve()
    this.#answer(addresses)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }

  #lookup (host: string): Promise<readonly HostAddress[]> {
    this.asked.push(host)
    return new Promise((resolve, reject) => {
      this.#answer = addresses => {
        if (addresses instanceof Error) reject(addresses)
        else resolve(addresses)
      }
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
  await resolver.answer()
  t.same(await first, ANSWER)
  resolver.nowMs = 29_999
  t.same(await names.resolve('a.example', 30_000, never), ANSWER)
  t.same(asked, ['a.example'])
  resolver.nowMs = 30_000
  const later = names.resolve('a.example', 30_000, never)
  await resolver.answer([])
  await t.rejects(later, { code: 'name' })
  t.same(asked, ['a.example', 'a.example'])
})

t.test('one question at a time, and the same one only once', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const all = ['a.example', 'b.example', 'a.example'].map(host =>
    names.resolve(host, 30_000, never))
  await Promise.resolve()
  t.same(asked, ['a.example'])
  await resolver.answer()
  t.same(asked, ['a.example', 'b.example'])
  // What is known does not wait for what is not.
  t.same(await names.resolve('a.example', 30_000, never), ANSWER)
  await resolver.answer()
  t.same(await Promise.all(all), [ANSWER, ANSWER, ANSWER])
  t.same(asked, ['a.example', 'b.example'])
})

t.test('who no longer wants the answer does not ask', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const first = names.resolve('a.example', 30_000, never)
  const controller = new AbortController()
  const second = names.resolve('b.example', 30_000, controller.signal)
  controller.abort()
  await resolver.answer()
  await first
  await t.rejects(second, { code: 'aborted' })
  t.same(asked, ['a.example'])
})

t.test('a failure is a DialError, is not kept and holds up nobody', async t => {
  const resolver = new Resolver()
  const { names, asked } = resolver
  const first = names.resolve('a.example', 30_000, never)
  const second = names.resolve('a.example', 30_000, never)
  await resolver.answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
  const error = await first.then(() => null, (error: unknown) => error)
  t.ok(error instanceof DialError && error.code === 'name')
  t.match(String(error), /a\.example has no address \(ENOTFOUND\)/)
  await resolver.answer()
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
