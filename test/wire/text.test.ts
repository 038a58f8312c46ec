import t from 'tap'
import { stripControl } from '../../src/wire/text.js'

t.test('texts that people write stay as they are', async t => {
  for (const text of ['', 'abc', 'grüezi', '漢字', '👋🏽', 'שלום', 'e\u0301', '\u00a0', 'a b']) {
    t.equal(stripControl(text), text)
  }
})

t.test('what drives a terminal goes', async t => {
  t.equal(stripControl('\u001b[2Ja\u0007b\r\nc\td\u007f\u009b31m\u0000'), '[2Jabcd31m')
})

t.test('every character that is named goes, its neighbours stay', async t => {
  const ranges: [number, number][] = [
    [0x00, 0x1f], [0x7f, 0x9f], [0x61c, 0x61c], [0x200b, 0x200f], [0x2028, 0x202e],
    [0x2066, 0x2069], [0xd800, 0xdfff], [0xfeff, 0xfeff],
  ]
  for (let code = 0; code <= 0xffff; code++) {
    const goes = ranges.some(([from, to]) => code >= from && code <= to)
    const left = stripControl(`a${String.fromCharCode(code)}b`)
    if ((left === 'ab') !== goes) t.fail(`U+${code.toString(16)}`)
  }
  t.equal(ranges.length, 8)
})

t.test('lone surrogates go, pairs stay', async t => {
  t.equal(stripControl('\ud83da\udc4b👋\udc4b\ud83d'), 'a👋')
})
