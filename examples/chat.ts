/**
 * A small chat: what is typed in one terminal is read in the others, who comes later reads what was
 * said in the last hour, and no server is between. In a project of your own write
 * `from 'p2p-gossip'`. Run here, after `npm run demo` compiled it, in two terminals:
 *
 *     node build/examples/chat.js ann
 *     node build/examples/chat.js ben 127.0.0.1:8080      the address that ann was told
 */
import { createInterface } from 'node:readline'
import { createNode, shortIdentity, stripControl } from '../src/index.js'

const TOPIC = 'chat'
const HOUR_MS = 3_600_000

const [name = '', ...connect] = process.argv.slice(2)
if (name === '') {
  console.error('chat: NAME [HOST:PORT of somebody who is there]')
  process.exit(2)
}

await using node = await createNode({ name, connect, port: 0 })
console.log(`you are ${name}; others join with: ${node.address}`)
node.on('link-up', peer => { console.log(`* ${shownName(peer.name, peer.peer)} is here`) })
node.on('link-down', ({ peer, reason }) => {
  const known = node.peers().find(({ id }) => id === peer)
  console.log(`* ${shownName(known?.name ?? '', peer)} is gone (${reason})`)
})

const said = node.subscribe(TOPIC, { since: Date.now() - HOUR_MS })
const reading = (async () => {
  for await (const bulletin of said) {
    if (bulletin.author === node.id) continue
    // What others wrote is shown without what could drive the terminal.
    const text = stripControl(bulletin.text ?? '(not a text)')
    console.log(`${shownName(bulletin.name, bulletin.author)}: ${text}`)
  }
})()

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue
  try {
    await node.publish(TOPIC, line)
  } catch (error) {
    console.error(`not sent: ${error instanceof Error ? error.message : String(error)}`)
  }
}
await said.return()
await reading

/** Names are claimed by anyone: the identity behind them is shown beside. */
function shownName (claimed: string, id: Parameters<typeof shortIdentity>[0]): string {
  const short = shortIdentity(id)
  return claimed === '' ? short : `${stripControl(claimed)} (${short})`
}
