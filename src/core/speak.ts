/** Saying things on links: the few effects that every machine of the core needs. */
import type { Frame } from '../wire/frame.js'
import type { LinkId } from './event.js'
import type { LinkEntry } from './links.js'
import type { Mesh } from './mesh.js'
import type { LinkDownReason } from './notice.js'

/** One frame to some links; to none is nothing. */
export function send (mesh: Mesh, links: readonly LinkId[], frame: Frame): void {
  if (links.length > 0) mesh.out.push({ kind: 'send', links, frame })
}

/** Ids of every ready link but that of `except`. */
export function readyLinks (mesh: Mesh, except: LinkId | null = null): LinkId[] {
  const ids: LinkId[] = []
  for (const { id } of mesh.links.ready()) if (id !== except) ids.push(id)
  return ids
}

/** Asks for the end of a link and lets nothing it still says count. */
export function closeLink (mesh: Mesh, entry: LinkEntry, reason: LinkDownReason): void {
  if (entry.state.at === 'closing') return
  mesh.links.move(entry, { at: 'closing', reason })
  for (const kind of ['compare', 'greeting', 'heartbeat', 'silence', 'obsolete'] as const) {
    mesh.deadlines.clear(kind, entry.id)
  }
  mesh.out.push({ kind: 'close', link: entry.id })
}
