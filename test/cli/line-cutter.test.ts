import t from 'tap'
import { LineCutter } from '../../src/cli/line-cutter.js'

/** What comes of chunks and the end: texts, or sizes of what is too long. */
function cut (bytesMax: number, ...chunks: string[]): (string | number)[] {
  const cutter = new LineCutter(bytesMax)
  const lines = [...chunks.flatMap(chunk => [...cutter.cut(Buffer.from(chunk))]), ...cutter.end()]
  return lines.map(line => {
    return line.kind === 'line' ? Buffer.from(line.bytes).toString('latin1') : line.length
  })
}

t.test('lines are cut wherever the chunks were', async t => {
  t.same(cut(99, 'a\nbc\n'), ['a', 'bc'])
  t.same(cut(99, 'a', 'b', '\n', 'c\nd'), ['ab', 'c', 'd'])
  t.same(cut(99, 'a\r\nb\r', '\nc\rd\r\n'), ['a', 'b', 'c\rd'])
})

t.test('empty lines are left out', async t => {
  t.same(cut(99, '\n\r\n\na\n\n', '', '\n'), ['a'])
  t.same(cut(99), [])
})

t.test('a line that is too long is counted, and the next one is whole', async t => {
  t.same(cut(3, 'abc\nabcd\nabcdefgh\nxyz\n'), ['abc', 4, 8, 'xyz'])
  t.same(cut(3, 'ab', 'cd', 'ef'), [6])
  t.same(cut(3, 'abc\r\n', 'abcd\r\n', 'abc', '\r', '\n'), ['abc', 5, 'abc'])
})

t.test('of an endless line hardly more than allowed is kept', async t => {
  const cutter = new LineCutter(10)
  for (let chunk = 0; chunk < 64; chunk++) {
    t.same([...cutter.cut(new Uint8Array(65_536).fill(0x61))], [])
  }
  t.same([...cutter.end()], [{ kind: 'too-long', length: 64 * 65_536 }])
})

t.test('a line is a copy of what was read', async t => {
  const chunk = Buffer.from('abc')
  const cutter = new LineCutter(9)
  t.same([...cutter.cut(chunk)], [])
  chunk.fill(0)
  t.same([...cutter.end()], [{ kind: 'line', bytes: Buffer.from('abc') }])
})
