import t from 'tap'
import { adviceOn } from '../../src/cli/link-advice.js'
import { REFUSE_CODES } from '../../src/wire/frame.js'
import { explanationView } from './fake-node.js'

type Told = Parameters<typeof adviceOn>[0]

function advice (lastError: string | null, view: Partial<Told> = {}): string[] {
  return adviceOn(explanationView({
    seek: { failures: 1, lastError, triedMs: 0, nextMs: 0 }, ...view,
  }))
}

const A = '10.0.0.2:8080'
for (const [error, said] of [
  [`${A} refuses connections`, /^nothing listens at 10\.0\.0\.2:8080: is p2p-gossip running/],
  [`${A} closed the connection`, /^nothing listens at/],
  [`${A} did not answer`, /^nothing comes back from 10\.0\.0\.2:8080: a firewall/],
  [`${A} did not accept within 3000 ms`, /--advertise HOST:PORT/],
  ['no answer in time', /^nothing comes back from 10\.0\.0\.2:8080/],
  [`${A} cannot be reached (EHOSTUNREACH)`, /^this machine has no route to 10\.0\.0\.2:8080/],
  ['[fd00::2]:8080 cannot be reached (ENETUNREACH)', /no route to \[fd00::2\]:8080/],
  ['the name nowhere.example has no address (ENOTFOUND)', /^its host name is not known here/],
  [`${A}: the TLS handshake failed (ECONNRESET)`, /^what listens at 10\.0\.0\.2:8080 is no p2p/],
  [`${A} ended the TLS handshake`, /is no p2p-gossip/],
  [`${A} is refused: no certificate`, /is no p2p-gossip/],
  ['q3zk5c7yxn answers there', /^another identity answers at 10\.0\.0\.2:8080/],
  ['this node itself answers', /leads back to this machine/],
  ['the other refused this node: full', /^it takes no further link: give it a larger --max-links/],
  ['this node refused the other: full', /^this node takes no further link/],
  ['the roster is full', /--max-members/],
  ['the other refused this node: clock-skew', /^the two clocks are/],
] as const) {
  t.test(`after "${error}": one piece of advice`, async t => {
    const found = advice(error)
    t.equal(found.length, 1)
    t.match(found[0], said)
  })
}

t.test('every refusal has advice of its own', async t => {
  const general = advice('nobody knows this one')
  // A link with itself is closed without a refusal.
  for (const code of REFUSE_CODES.filter(code => code !== 'self')) {
    t.not(advice(`the other refused this node: ${code}`)[0], general[0], code)
  }
})

t.test('without an error that says more', async t => {
  t.match(advice(null), [/^look there whether it runs/])
  t.match(advice('something new'), [/^look there whether it runs/])
  t.match(advice(null, { isProven: false }), [/compare the identity with p2p-gossip id/])
  t.match(advice(`${A} did not answer`, { isProven: false }), [/firewall/, /compare the identity/])
  t.match(advice(null, { addresses: [] }), [/^it tells no address/])
  t.same(advice(null, { status: 'via' }), [], 'a mesh of few links each is no fault')
  t.same(advice(`${A} did not answer`, { status: 'linked' }), [])
  t.same(advice(null, { status: 'left' }), [])
})
