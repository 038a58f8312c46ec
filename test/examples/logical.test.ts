import t from 'tap'
import { Example } from './example.js'

t.test('a simulated network is driven from its prompt', async t => {
  const logical = new Example(t, 'logical', ['nodes=6'])
  await logical.until(/^6 nodes, not yet connected/)

  logical.type('?')
  const help = (await logical.until(/^anything else/)).join('\n')
  for (const word of ['nodes', 'message TEXT', 'connect', 'connections', 'debug', 'short', 'run',
    'quit']) t.ok(help.includes(word), word)

  logical.type('n')
  const nodes = await logical.until(/^n05 /)
  t.equal(nodes.length, 6)
  t.match(nodes[0], /^n00 [a-z2-7]{10} {2}links 0 {2}batches held 0$/)

  logical.type('')
  t.same(await logical.until(/ s: /), ['0.1 s: 0 links of 15'], 'anything else is one tick')

  logical.type('connect')
  await logical.until(/^each node is told 3 others/)
  logical.type('run')
  const [ran = ''] = (await logical.until(/ticks, /)).slice(-1)
  t.match(ran, /^\d+ ticks, [\d.]+ s: 15 links of 15$/)
  logical.type('lc')
  t.same((await logical.until(/^n05 /))[0], 'n00 - n01 n02 n03 n04 n05')

  logical.type('message good morning')
  const [said = ''] = await logical.until(/publishes/)
  const author = /^(n0\d) publishes "good morning"$/.exec(said)?.[1] ?? ''
  logical.type('r')
  const readers = (await logical.until(/ticks, /)).flatMap(line =>
    /^"good morning" of (n0\d) is read by (.*)$/.exec(line)?.slice(1) ?? [])
  t.same(readers.filter((_, i) => i % 2 === 0).filter(by => by !== author), [])
  t.same(readers.filter((_, i) => i % 2 === 1).flatMap(names => names.split(' ')).sort(),
    ['n00', 'n01', 'n02', 'n03', 'n04', 'n05'], 'each once')

  logical.type('s')
  await logical.until(/^short identities off/)
  logical.type('nodes')
  t.match((await logical.until(/^n05 /))[5], /^n05 [a-z2-7]{52} {2}links 5 {2}batches held 1$/)

  logical.type('debug')
  await logical.until(/^debug on/)
  logical.type('m seen')
  const [decided = ''] = (await logical.until(/"store-batch"/)).slice(-1)
  t.match(decided, /^ {2}\d+ ms n0\d \{"kind":"store-batch"/)

  logical.type('q')
  t.equal(await logical.ended, 0)
  t.equal(logical.stderr, '')
})
