import pc from 'picocolors'
import t from 'tap'
import type { LinkRowView } from '../../src/api/schemas.js'
import { linksText } from '../../src/cli/link-matrix.js'
import { OPTION_LIMITS } from '../../src/limits.js'

const PLAIN = pc.createColors(false)
type Cells = readonly (readonly [number, number | null, LinkRowView['links'][number]['toldBy']])[]

function idOf (place: number): string {
  return `${String.fromCharCode(97 + place % 26)}${String.fromCharCode(97 + place / 26)}`
    .padEnd(52, 'a')
}

function row (place: number, cells: Cells, view: Partial<LinkRowView> = {}): LinkRowView {
  return {
    id: idOf(place), name: `n${place}`, status: 'linked', toldMs: 1, free: 0,
    links: cells.map(([to, rttMs, toldBy]) => ({ peer: idOf(to), rttMs, toldBy })), ...view,
  }
}

t.test('few members are a matrix', async t => {
  const text = await linksText([
    row(0, [[1, 0.84, 'both'], [2, 12.4, 'both'], [4, 1_234, 'both']], { status: null }),
    row(1, [[0, 0.8, 'both'], [2, null, 'both'], [3, null, 'peer']]),
    row(2, [[0, 12, 'both'], [1, null, 'both']], { name: 'evil\u001b[31m\nname' }),
    row(3, [[1, 3, 'row']], { status: 'via', name: '' }),
    row(4, [[0, 40_000, 'both']], { status: 'lost', toldMs: null }),
  ], PLAIN)
  t.same(text.split('\n'), [
    '                                               1   2  3 4    5',
    '1  n0~aaaaaaaaaa             this node         - 0.8 12 . 1.2s',
    '2  n1~baaaaaaaaa             linked          0.8   -  + ?    .',
    '3  evil[31m name~caaaaaaaaa  linked           12   +  - .    .',
    '4  daaaaaaaaa                via               .   ?  . -    .',
    '5  n4~eaaaaaaaaa             lost, told none 40s   .  . .    -',
    '',
    'numbers: ms there and back; + not measured; ? told by one end alone; . no link; - itself',
  ])
})

t.test('a node alone is a matrix of one', async t => {
  const [head, own] = (await linksText([row(0, [], { status: null })], PLAIN)).split('\n')
  t.match(head, /^ +1$/)
  t.equal(own, '1  n0~aaaaaaaaaa  this node -')
})

/** Everybody linked with everybody, but for some pairs. */
function many (count: number, missing: readonly (readonly [number, number])[]): LinkRowView[] {
  const lacks = (a: number, b: number): boolean =>
    a === b || missing.some(pair => pair.includes(a) && pair.includes(b))
  return Array.from({ length: count }, (_, place) => row(place,
    Array.from({ length: count }, (_, to) => to).filter(to => !lacks(place, to))
      .map(to => [to, 1, 'both'] as const)))
}

t.test('of many members what is missing is listed', async t => {
  const count = OPTION_LIMITS.matrixMembersMax + 2
  t.equal(await linksText(many(count, []), PLAIN),
    '42 members, 42 of them not gone; 861 links of 861\n\neveryone is linked with everyone')
  const rows = many(count, [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5], [0, 6]])
  const gone = row(count, [], { status: 'lost', toldMs: null })
  const lines = (await linksText([...rows, gone], PLAIN)).split('\n')
  t.equal(lines[0], '43 members, 42 of them not gone; 855 links of 861')
  t.match(lines[2], /^peer +status +links +missing +one-sided +no link with$/)
  t.match(lines[3], /^n0~\w{10} +linked +35 +6 +0 +n1~\w+, .*, n5~\w+ and 1 more$/)
  t.match(lines[4], /^n1~\w{10} +linked +40 +1 +0 +n0~\w+$/)
  t.equal(lines.length, 10)
})
