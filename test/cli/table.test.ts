import pc from 'picocolors'
import t from 'tap'
import {
  addressCell, bytesText, card, contentCell, countText, namesOf, peerCell, table, topicCell,
  tripCell,
} from '../../src/cli/table.js'
import { OPTION_LIMITS } from '../../src/limits.js'

const PLAIN = pc.createColors(false)

t.test('a table has columns, no lines around them and nothing at the end of a line', async t => {
  const text = await table(['a', 'bb'], [['long one', 'x'], ['y', '']], 'nothing', PLAIN)
  t.equal(text, 'a         bb\nlong one  x\ny')
  t.equal(await table(['a'], [], 'nothing', PLAIN), 'nothing')
})

t.test('no cell breaks a line or drives a terminal', async t => {
  const text = await table(['a'], [['x\ny\u001b[2J\u202e\u0085z']], '', PLAIN)
  t.equal(text, 'a\nx y[2Jz')
  t.equal(await card([['name', 'x\ny\u001b'], ['b', '']], PLAIN), 'name  x y\nb     ')
})

t.test('peers are named by contact, claim or identity, times are short', async t => {
  const nameOf = namesOf([
    { id: 'a'.repeat(52), name: 'x', contact: 'bob' },
    { id: 'b'.repeat(52), name: 'y', contact: null },
  ])
  t.same(['a', 'b', 'c'].map(letter => nameOf(letter.repeat(52))),
    ['bob (aaaaaaaaaa)', 'y~bbbbbbbbbb', 'cccccccccc'])
  t.same([tripCell(null), tripCell(0.84)], ['', '0.8 ms'])
})

t.test('cells are cut where they are too wide, identities never', async t => {
  const id = 'a'.repeat(52)
  t.equal(peerCell('n'.repeat(64), id, null), `${'n'.repeat(31)}…~aaaaaaaaaa`)
  t.equal(peerCell('', id, null), 'aaaaaaaaaa')
  t.equal(peerCell('claimed', id, 'bob'), 'bob (aaaaaaaaaa)')
  t.equal(addressCell('h'.repeat(99)).length, OPTION_LIMITS.addressColumnsMax)
  t.equal(topicCell('0f'.repeat(32), null), '0f0f0f0f0f…')
  t.equal(topicCell('0f'.repeat(32), 'news'), 'news')
  t.equal(contentCell({ text: 'a\nb' }), '"a b"')
  t.equal(contentCell({ text: 'x'.repeat(9_999) }).length, OPTION_LIMITS.textColumnsMax + 2)
  t.equal(contentCell({ data: '/wA=' }), '2 bytes')
  t.equal(bytesText(1), '1 byte')
  t.same([countText(0, 'peer'), countText(1, 'peer')], ['0 peers', '1 peer'])
})
