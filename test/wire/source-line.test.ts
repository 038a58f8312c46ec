import t from 'tap'
import { isSource, readSource, withSource } from '../../src/wire/source-line.js'

t.test('a claimed source stands in the first line and is read back', async t => {
  t.equal(withSource('bob', 'hello'), 'From: bob\n\nhello')
  for (const [source, text] of [['bob', 'hello'], ['Bob B.', ''], ['ß', '\n\nFrom: x\n\n']]) {
    t.same(readSource(withSource(source!, text!)), { source, text })
  }
})

t.test('a text without one is given back as it is', async t => {
  const texts = [
    '', 'hello', 'From: ', 'From: bob', 'From: bob\n', 'From: \n\nx', 'From: bob\nx\n\ny',
    'from: a\n\nb',
       ' From: bob\n\nx', `From: ${'b'.repeat(65)}\n\nx`, 'From: \u001b[2J\n\nx', 'From:  bob\n\nx',
  ]
  for (const text of texts) t.same(readSource(text), { source: null, text })
})

t.test('a source is one line of 1 to 64 bytes that drives no terminal', async t => {
  for (const good of ['bob', 'b'.repeat(64), 'ü'.repeat(32), 'a b']) t.ok(isSource(good), good)
  const bad = [
    '', ' bob', 'bob ', 'b'.repeat(65), 'ü'.repeat(33), 'a\nb', 'a\r', '\u202eb', 'a\u0007',
  ]
  for (const one of bad) t.notOk(isSource(one), JSON.stringify(one))
})
