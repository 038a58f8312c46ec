import t from 'tap'
import { progressLine } from '../../src/cli/progress.js'

t.test('the bar fills with the chance of success, and is never full', async t => {
  t.equal(progressLine(0, 20, 1_000),
    'working  [....................]  0.0 of about 1.0 million tries, 1 s')
  t.equal(progressLine(2 ** 20, 20, 2_400),
    'working  [############........]  1.0 of about 1.0 million tries, 2 s')
  t.match(progressLine(2 ** 28, 20, 99_000), /\[#{19}\.\] {2}268\.4 of about 1\.0 .*, 99 s$/)
})
