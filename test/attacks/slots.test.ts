/** All slots for handshakes held by sleepers: honest peers get in all the same. */
import type net from 'node:net'
import t from 'tap'
import { createIdentity } from '../../src/tls/keys.js'
import { Attacker, Honest, HOST, Mesh, pause, until } from '../helpers/attacker.js'
import { silentClient } from '../tls/peers.js'

const SLEEPERS = 200

for (const [what, manner] of [['TCP', 'tcp'], ['TLS without a hello', 'tls']] as const) {
  t.test(`${SLEEPERS} of ${what} held: a member killed and restarted is linked within 5 s`,
    async t => {
      const mesh = await Mesh.start(t)
      const lost = mesh.others[0]
      if (lost === undefined) return
      const identity = createIdentity('ed25519')
      const returning = await Honest.start(t, {
        key: identity.key, connect: [`${HOST}:${mesh.port}`],
      })
      const [one, two] = [mesh.victim, lost]
      const isLinked = (): boolean => [one, two].every(node => node.isLinkedWith(identity.id))
      await until(isLinked, 5_000, 'the fourth member')
      let isHeld = true
      const port = returning.node.port
      const hold = async (): Promise<void> => {
        while (isHeld) {
          const socket: net.Socket = manner === 'tcp'
            ? await silentClient(mesh.port)
            : (await Attacker.connect(t, mesh.port)).socket
          t.teardown(() => { socket.destroy() })
          socket.on('error', () => {})
          socket.resume()
          await new Promise<void>(resolve => {
            if (socket.destroyed) resolve()
            else socket.once('close', () => { resolve() })
          })
          await pause(200)
        }
      }
      returning.node.destroy()
      await until(() => !isLinked(), 5_000, 'its loss')
      for (let i = 0; i < SLEEPERS; i++) void hold()
      await pause(500)
      const again = await Honest.start(t, { key: identity.key, port })
      const tookMs = await until(
        () => isLinked() && again.node.peers().filter(one => one.status === 'linked').length === 3,
        5_000, 'its return')
      t.comment(`back after ${Math.round(tookMs)} ms`)
      isHeld = false
      await mesh.isUnharmed(t)
    })
}

t.test('bytes that drip in without a frame keep their own link and harm no other', async t => {
  const mesh = await Mesh.start(t)
  const attacker = await Attacker.connect(t, mesh.port)
  attacker.greet()
  await attacker.frame('welcome')
  const head = Buffer.alloc(4)
  head.writeUInt32BE(1 << 20)
  attacker.send(head)
  for (let i = 0; i < 5; i++) {
    await pause(1_000)
    attacker.send(Buffer.from([7]))
  }
  t.equal(attacker.isOver, false)
  await mesh.isUnharmed(t)
  await until(() => attacker.isOver, 5_000, 'the end once it is silent')
  t.same(mesh.victim.downs(attacker.identity.id), ['silent'])
})
