import t from 'tap'
import { Example } from './example.js'

t.test('what is typed in one terminal is read in the other', async t => {
  const ann = new Example(t, 'chat', ['ann'])
  const [hello = ''] = await ann.until(/^you are ann; others join with: /)
  const port = /:(\d+)$/.exec(hello)?.[1] ?? ''
  ann.type('said before ben came')

  const ben = new Example(t, 'chat', ['ben', `127.0.0.1:${port}`])
  await ann.until(/^\* ben \([a-z2-7]{10}\) is here/)
  await ben.until(/^ann \([a-z2-7]{10}\): said before ben came$/)
  ben.type('hello \u001b[31mann')
  await ann.until(/^ben \([a-z2-7]{10}\): hello [^\u001b]*ann$/)
  ann.type('')
  ann.type('hello ben')
  await ben.until(/: hello ben$/)

  ben.hangUp()
  t.equal(await ben.ended, 0, ben.stderr)
  await ann.until(/^\* ben .* is gone \(left\)/)
  ann.hangUp()
  t.equal(await ann.ended, 0, ann.stderr)
})

t.test('a chat without a name says how it is called', async t => {
  const chat = new Example(t, 'chat', [])
  t.equal(await chat.ended, 2)
  t.match(chat.stderr, /^chat: NAME/)
})
