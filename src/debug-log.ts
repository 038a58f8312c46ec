/** Logs of the library: the `debug` package, namespaces `p2p-gossip:<area>:<level>`. */
import createDebug from 'debug'
import type { Log } from './ports.js'

/** Writes to stderr whatever the environment variable DEBUG selects; nothing when it is unset. */
export function createDebugLog (): Log {
  const channels = new Map<string, createDebug.Debugger>()
  return ({ level, area, message }) => {
    const name = `p2p-gossip:${area}:${level}`
    const channel = channels.get(name) ?? createDebug(name)
    channels.set(name, channel)
    channel('%s', message)
  }
}
