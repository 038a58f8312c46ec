import { Writable } from 'node:stream'
import t from 'tap'
import { openOutput } from '../../src/cli/output.js'

/** A stream that takes `good` writes, then fails with `code`. */
function stream (good: number, code = ''): { stream: NodeJS.WriteStream, written: string[] } {
  const written: string[] = []
  const made = new Writable({
    write (chunk: Buffer, _encoding, done) {
      if (written.length >= good) {
        done(Object.assign(new Error(code), { code }))
        return
      }
      written.push(chunk.toString())
      done()
    },
  })
  return { stream: made as unknown as NodeJS.WriteStream, written }
}

const turn = async (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

t.test('lines go where they belong', async t => {
  const [out, errors] = [stream(9), stream(9)]
  const output = openOutput(out.stream, errors.stream)
  output.print('a')
  output.complain('b')
  t.same([out.written, errors.written], [['a\n'], ['b\n']])
})

t.test('progress is shown on a terminal only, and gone before the next line', async t => {
  const [out, errors] = [stream(9), stream(9)]
  const output = openOutput(out.stream, errors.stream)
  output.progress('1 %')
  output.progress(null)
  t.same(errors.written, [], 'no terminal')
  Object.assign(errors.stream, { isTTY: true })
  output.progress(null)
  output.progress('2 %')
  output.print('a')
  output.progress('3 %')
  output.complain('b')
  output.progress('4 %')
  output.progress(null)
  const clear = '\r\u001b[K'
  t.same(out.written, ['a\n'])
  t.same(errors.written,
    [`${clear}2 %`, clear, `${clear}3 %`, clear, 'b\n', `${clear}4 %`, clear])
})

t.test('a reader that went away is told once and without a reason', async t => {
  const output = openOutput(stream(1, 'EPIPE').stream, stream(9).stream)
  const calls: (Error | null)[] = []
  output.onBroken(why => { calls.push(why) })
  for (const text of ['a', 'b', 'c']) output.print(text)
  await turn()
  output.print('d')
  await turn()
  t.same(calls, [null])
})

t.test('bytes are written until nobody reads them any more', async t => {
  const out = stream(1, 'EPIPE')
  const output = openOutput(out.stream, stream(9).stream)
  output.onBroken(() => {})
  t.equal(await output.write(Buffer.from('a')), true)
  t.equal(await output.write(Buffer.from('b')), false)
  t.equal(await output.write(Buffer.from('c')), false)
  t.same(out.written, ['a'])
})

t.test('another failure has its reason', async t => {
  const output = openOutput(stream(0, 'ENOSPC').stream, stream(9).stream)
  const calls: (Error | null)[] = []
  output.onBroken(why => { calls.push(why) })
  output.print('a')
  await turn()
  t.match(calls, [{ code: 'ENOSPC' }])
})

t.test('a stderr without a reader harms nobody', async t => {
  const output = openOutput(stream(9).stream, stream(0, 'EPIPE').stream)
  output.complain('a')
  await turn()
  t.pass('still here')
})
