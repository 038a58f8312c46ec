/**
 * Two members in one program, and what an embedder sees of them. In a project of your own write
 * `from 'p2p-gossip'`. Run here, after `npm run demo` compiled it:
 * node build/examples/embed.js
 */
import { createNode } from '../src/index.js'

await using first = await createNode({ port: 0, host: '127.0.0.1', name: 'first' })
await using second = await createNode({
  port: 0, host: '127.0.0.1', name: 'second', connect: [first.address], periodMs: 500,
})

second.on('link-up', ({ name, peer, address }) => {
  console.log(`linked with ${name} (${peer.slice(0, 10)}) at ${address}`)
})

// A ping shows who sent it and how far it is.
const ping = await new Promise<string>(resolve => {
  first.on('ping', ({ name, text, rttMs }) => {
    if (rttMs !== null) resolve(`${name} says ${text}, ${rttMs} ms away`)
  })
})
console.log(ping)

for (const { name, status, rttMs } of first.peers()) console.log({ name, status, rttMs })
