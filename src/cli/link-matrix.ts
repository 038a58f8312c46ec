/**
 * Who is linked with whom, for people: a matrix as long as that fits, else a list of what is
 * missing. Pure. Read next: `commands/links.ts`.
 */
import type { LinkRowView } from '../api/schemas.js'
import { OPTION_LIMITS } from '../limits.js'
import type { Colours } from './print.js'
import { countText, peerCell, table } from './table.js'

const LEGEND = 'numbers: ms there and back; + not measured; ? told by one end alone; . no link; ' +
  '- itself'
/** Names in a row of the list. */
const NAMED = 5

export async function linksText (
  rows: readonly LinkRowView[], colours: Colours,
): Promise<string> {
  if (rows.length <= OPTION_LIMITS.matrixMembersMax) return matrix(rows, colours)
  return list(rows, colours)
}

function matrix (rows: readonly LinkRowView[], { dim }: Colours): string {
  const cells = rows.map(row => rows.map(other => cellOf(row, other)))
  const widths = rows.map((_, i) =>
    Math.max(String(i + 1).length, ...cells.map(line => line[i]?.length ?? 0)))
  const numbers = rows.map((_, i) => String(i + 1))
  const numberWidth = String(rows.length).length
  const names = columnOf(rows.map(({ name, id }) => peerCell(name, id, null)))
  const states = columnOf(rows.map(row => stateOf(row)))
  const line = (head: string, of: readonly string[]): string =>
    [head, ...of.map((cell, i) => cell.padStart(widths[i] ?? 0))].join(' ')
  const heads = columnOf(numbers.map(number => number.padStart(numberWidth)))
    .map((number, i) => [number, names[i], states[i]].join('  '))
  return [
    dim(line(' '.repeat(heads[0]?.length ?? 0), numbers)),
    ...cells.map((of, i) => line(heads[i] ?? '', of)),
    '',
    dim(LEGEND),
  ].join('\n')
}

/** A member's row in one word or two. */
function stateOf ({ status, toldMs }: LinkRowView): string {
  return status === null ? 'this node' : toldMs === null ? `${status}, told none` : status
}

function cellOf ({ id, links }: LinkRowView, other: LinkRowView): string {
  if (id === other.id) return '-'
  const link = links.find(({ peer }) => peer === other.id)
  if (link === undefined) return '.'
  if (link.toldBy !== 'both') return '?'
  return link.rttMs === null ? '+' : tripText(link.rttMs)
}

/** Four characters at most: `0.8`, `12`, `1.2s`, `40s`. */
function tripText (rttMs: number): string {
  if (rttMs < 10) return rttMs.toFixed(1)
  if (rttMs < 1_000) return rttMs.toFixed(0)
  return rttMs < 9_950 ? `${(rttMs / 1_000).toFixed(1)}s` : `${Math.round(rttMs / 1_000)}s`
}

function columnOf (texts: readonly string[]): string[] {
  const width = Math.max(0, ...texts.map(({ length }) => length))
  return texts.map(text => text.padEnd(width))
}

/** One row for each member that lacks a link with another that is not gone. */
async function list (rows: readonly LinkRowView[], colours: Colours): Promise<string> {
  const here = rows.filter(({ status }) => status !== 'lost' && status !== 'left')
  const ids = new Set(here.map(({ id }) => id))
  const linked = here.map(row => new Set(row.links
    .filter(({ toldBy, peer }) => toldBy === 'both' && ids.has(peer)).map(({ peer }) => peer)))
  const lacking = here.flatMap((row, i) => {
    const missing = here.filter(({ id }) => id !== row.id && linked[i]?.has(id) !== true)
    if (missing.length === 0) return []
    const oneSided = row.links.filter(({ toldBy }) => toldBy !== 'both').length
    return [[
      peerCell(row.name, row.id, null), stateOf(row), String(linked[i]?.size ?? 0),
      String(missing.length), String(oneSided), namesText(missing),
    ]]
  })
  const head = `${countText(rows.length, 'member')}, ${here.length} of them not gone; ` +
    `${countText(linked.reduce((sum, { size }) => sum + size, 0) / 2, 'link')} of ` +
    `${here.length * (here.length - 1) / 2}`
  const body = await table(
    ['peer', 'status', 'links', 'missing', 'one-sided', 'no link with'], lacking,
    'everyone is linked with everyone', colours,
  )
  return `${head}\n\n${body}`
}

function namesText (rows: readonly LinkRowView[]): string {
  const names = rows.slice(0, NAMED).map(({ name, id }) => peerCell(name, id, null)).join(', ')
  return rows.length > NAMED ? `${names} and ${rows.length - NAMED} more` : names
}
