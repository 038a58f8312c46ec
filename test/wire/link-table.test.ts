import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { identityFromHash } from '../../src/wire/identity.js'
import {
  decodeLinkTable, encodeLinkTable, prefixOf, refusalOfTable, rttCodeOf, rttOfCode, tableHead,
  tellsLink, tellsSameLinks,
  type LinkTable, type TableLink,
} from '../../src/wire/link-table.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { TABLE, bytesOf, fromHex, identityOf, toHex } from './sample-frames.js'

const HEAD_BYTES = 48
const LINK_BYTES = 9

function whyNot (body: Uint8Array): string {
  const table = decodeLinkTable(body)
  return isRefusal(table) ? `${table.code} ${table.message}` : 'accepted'
}

/** The body of a table with these links, given as hex digits, whatever they are. */
function bodyOf (links: string, count = links.replace(/\s+/g, '').length / 18): Uint8Array {
  const head = encodeLinkTable({ ...TABLE, links: [] })
  const body = new Uint8Array([...head, ...fromHex(links)])
  new DataView(body.buffer).setUint16(HEAD_BYTES - 2, count)
  return body
}

function linksOf (count: number): TableLink[] {
  return Array.from({ length: count }, (_, i) =>
    ({ prefix: i.toString(16).padStart(16, '0'), rtt: i % 256 }))
}

t.test('a table is laid out field by field', async t => {
  const table: LinkTable = {
    owner: identityOf(1), incarnation: 0x5_0000_0006, version: 7, free: 258,
    links: [{ prefix: '0123456789abcdef', rtt: 0 }, { prefix: 'fedcba9876543210', rtt: 255 }],
  }
  const hex = `${'01'.repeat(32)} 0000000500000006 00000007 0102 0002
    0123456789abcdef 00 fedcba9876543210 ff`.replace(/\s+/g, '')
  t.equal(toHex(encodeLinkTable(table)), hex)
  t.strictSame(decodeLinkTable(fromHex(hex)), table)
  t.strictSame(tableHead(fromHex(hex)), {
    owner: identityOf(1), incarnation: 0x5_0000_0006, version: 7, free: 0x102,
  })
})

t.test('every table comes back from its bytes, wherever they lie', async () => {
  const prefix = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(toHex)
  const rtt = fc.integer({ min: 0, max: 255 })
  const links = fc.uniqueArray(fc.record({ prefix, rtt }), { selector: ({ prefix }) => prefix })
  const identity = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(identityFromHash)
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
  const free = fc.integer({ min: 0, max: 0xffff })
  const told = fc.tuple(identity, fc.maxSafeNat(), u32, free, links)
  const property = fc.property(told, ([owner, incarnation, version, free, some]) => {
    const links = some
      .map(({ prefix, rtt }) => ({ prefix, rtt }))
      .sort((a, b) => a.prefix < b.prefix ? -1 : 1)
    const table: LinkTable = { owner, incarnation, version, free, links }
    const body = encodeLinkTable(table)
    const within = Buffer.concat([bytesOf(3), body, bytesOf(3)]).subarray(3, 3 + body.length)
    deepStrictEqual(decodeLinkTable(within), table)
  })
  fc.assert(property, { numRuns: 500 })
})

t.test('damaged tables never throw, and whatever is a table has one encoding', async () => {
  const again = (body: Uint8Array): void => {
    const table = decodeLinkTable(body)
    deepStrictEqual(refusalOfTable(body) === null, !isRefusal(table))
    if (!isRefusal(table)) deepStrictEqual(toHex(encodeLinkTable(table)), toHex(body))
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100, size: 'max' }), again), { numRuns: 500 })
  const whole = encodeLinkTable(TABLE)
  fc.assert(fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (place, byte) => {
    const body = whole.slice()
    body[place] = byte
    again(body)
  }), { numRuns: 500 })
})

t.test('a table of another length than it says is malformed', async t => {
  const body = encodeLinkTable(TABLE)
  for (let length = 0; length < body.length; length++) {
    const why = whyNot(body.subarray(0, length))
    const expected = length < HEAD_BYTES ? 'ends early' : 'is not as long as it says'
    if (why !== `body-malformed link-table: ${expected}`) t.fail(`${length}: ${why}`)
  }
  t.match(whyNot(new Uint8Array([...body, 0])), /^body-malformed .*is not as long as it says/)
  const link = '0000000000000001 00'
  t.equal(whyNot(bodyOf(link, 1)), 'accepted')
  t.match(whyNot(bodyOf(link, 0)), /^body-malformed .*is not as long as it says/)
  t.match(whyNot(bodyOf(link, 2)), /^body-malformed .*is not as long as it says/)
})

t.test('1,024 links are accepted, 1,025 are out of range', async t => {
  const body = encodeLinkTable({ ...TABLE, links: linksOf(1_024) })
  t.equal(body.length, HEAD_BYTES + 1_024 * LINK_BYTES)
  t.equal(whyNot(body), 'accepted')
  const more = new Uint8Array([...body, ...fromHex('ffffffffffffffff 00')])
  new DataView(more.buffer).setUint16(HEAD_BYTES - 2, 1_025)
  t.match(whyNot(more), /^value-out-of-range link-table: too many links/)
  // Said before it is looked whether they are there: nothing is made of a number alone.
  t.match(whyNot(bodyOf('', 0xffff)), /^value-out-of-range link-table: too many links/)
})

t.test('links ascend by all of their eight bytes, each once', async t => {
  const pairs: [string, string, boolean][] = [
    ['0000000000000000', '0000000000000001', true],
    ['00000000ffffffff', '0000000100000000', true],
    ['7fffffffffffffff', '8000000000000000', true],
    ['0000000000000001', '0000000000000001', false],
    ['0000000000000002', '0000000000000001', false],
    ['0000000100000000', '00000000ffffffff', false],
    ['8000000000000000', '7fffffffffffffff', false],
    ['0000000180000000', '000000017fffffff', false],
  ]
  for (const [one, other, isAscending] of pairs) {
    const why = whyNot(bodyOf(`${one}05${other}00`))
    const expected = isAscending ? /^accepted$/ : /^value-out-of-range .*links do not ascend/
    t.match(why, expected, `${one} ${other}`)
    const [last, before] = ['ffffffffffffffff00', '0000000000000000 00']
    if (!isAscending) continue
    t.match(whyNot(bodyOf(`${one}05${other}00${before}`)), /links do not ascend/, 'the third')
    t.equal(whyNot(bodyOf(`${one}05${other}00${last}`)), 'accepted')
  }
})

t.test('an incarnation above 2^53 - 1 is out of range', async t => {
  const body = encodeLinkTable({ ...TABLE, incarnation: Number.MAX_SAFE_INTEGER })
  t.equal(whyNot(body), 'accepted')
  body.set(fromHex('0020000000000000'), 32)
  t.match(whyNot(body), /^value-out-of-range link-table: a number is above/)
})

t.test('a table of ours out of order or range is a bug and throws', async t => {
  const [first, second, third] = TABLE.links as [TableLink, TableLink, TableLink]
  const wrong: Partial<LinkTable>[] = [
    { links: linksOf(1_025) },
    { links: [second, first, third] },
    { links: [first, first] },
    { links: [{ ...first, prefix: 'FFFFFFFFFFFFFFFF' }] },
    { links: [{ ...first, prefix: 'ff' }] },
    { links: [{ ...first, prefix: 'fffffffffffffffff' }] },
    { links: [{ ...first, rtt: 256 }] },
    { links: [{ ...first, rtt: -1 }] },
    { links: [{ ...first, rtt: 1.5 }] },
    { free: 65_536 },
    { free: -1 },
    { free: 0.5 },
    { version: 2 ** 32 },
    { incarnation: 2 ** 53 },
  ]
  for (const changes of wrong) {
    const table = { ...TABLE, ...changes }
    t.throws(() => encodeLinkTable(table), /assertion failed/, Object.keys(changes).join())
  }
})

t.test('a peer is named by the first 8 bytes of its identity', async t => {
  const hash = fromHex(`0123456789abcdef${'ff'.repeat(24)}`)
  t.equal(prefixOf(identityFromHash(hash)), '0123456789abcdef')
  t.equal(prefixOf(identityOf(0)), '0000000000000000')
})

t.test('a round-trip time is told by the code nearest to it', async t => {
  t.equal(rttCodeOf(null), 0)
  t.equal(rttOfCode(0), null)
  const codes: [number, number][] = [
    [0, 1], [0.01, 1], [0.1, 1], [0.2, 9], [0.4, 17], [0.8, 25], [1.6, 33], [102.4, 81],
    [0.1 * 2 ** (0.49 / 8), 1], [0.1 * 2 ** (0.51 / 8), 2], [Infinity, 255], [1e12, 255],
  ]
  for (const [ms, code] of codes) t.equal(rttCodeOf(ms), code, `${ms} ms`)
  for (const [code, ms] of [[1, 0.1], [9, 0.2], [17, 0.4], [33, 1.6], [41, 3.2], [45, 4.5]]) {
    t.equal(rttOfCode(code!), ms, `code ${code}`)
  }
  t.equal(rttOfCode(255), Math.round(2 ** (254 / 8)) / 10)
})

t.test('what a code tells is off by less than 5 %, to a tenth of a millisecond', async () => {
  const ms = fc.double({ min: 0.1, max: 3e8, noNaN: true })
  fc.assert(fc.property(ms, some => {
    const told = rttOfCode(rttCodeOf(some)) ?? NaN
    return Math.abs(told - some) <= 0.05 + some * 0.045
  }))
})

t.test('codes ascend with times, and each is the code of its time where tenths tell them apart',
  async t => {
    for (let code = 2; code <= 255; code++) {
      const [time, before] = [rttOfCode(code)!, rttOfCode(code - 1)!]
      if (time < before) t.fail(`${code}: ${time} ms after ${before} ms`)
      if (code >= 41 && rttCodeOf(time) !== code) t.fail(`${code}: ${time} ms`)
    }
  })

t.test('what a table tells is found in its bytes', async () => {
  const prefix = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(toHex)
  fc.assert(fc.property(fc.uniqueArray(prefix, { maxLength: 40 }), prefix, (prefixes, other) => {
    const links = [...prefixes].sort().map((one, i) => ({ prefix: one, rtt: i }))
    const body = encodeLinkTable({ ...TABLE, links })
    const slower = encodeLinkTable({ ...TABLE, links: links.map(one => ({ ...one, rtt: 200 })) })
    const fewer = encodeLinkTable({ ...TABLE, links: links.slice(1) })
    return prefixes.every(one => tellsLink(body, one)) &&
      tellsLink(body, other) === prefixes.includes(other) &&
      tellsSameLinks(body, slower) && tellsSameLinks(body, fewer) === (links.length === 0)
  }))
})
