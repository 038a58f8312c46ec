import t from 'tap'
import { voidphoneSettings } from '../../src/voidphone/index.js'

const WHOLE = `; the course's file
hostkey = "/keys/host key.pem"
[dht]
degree = of another program
not even a line of ours
[gossip]
cache_size = 50   ; items
degree=30
# the first node has none
bootstrapper = p2psec.example:6001
p2p_address = 131.159.15.61:6001
api_address = [::1]:7001
p2p_ttl = 5
`

function refused (text: string): string {
  try {
    voidphoneSettings(text, 'a.ini')
  } catch (error) {
    const { code, fault, message } = error as { code: string, fault: string, message: string }
    return code === 'voidphone-config-invalid' && fault === 'operator' ? message : String(error)
  }
  return 'nothing'
}

t.test('a whole file of the course becomes settings', async t => {
  const settings = {
    keyFile: '/keys/host key.pem', cacheSize: 50, maxLinks: 30,
    bootstrapper: 'p2psec.example:6001', p2p: '131.159.15.61:6001', api: '[::1]:7001',
  }
  t.same(voidphoneSettings(WHOLE, 'a.ini'), settings)
  t.same(voidphoneSettings(`\uFEFF${WHOLE.replaceAll('\n', '\r\n')}`, 'a.ini'), settings)
})

t.test('bootstrapper and api_address may be left out', async t => {
  const text = WHOLE.replace(/^(bootstrapper|api_address).*$/gm, '')
  t.match(voidphoneSettings(text, 'a.ini'), { bootstrapper: null, api: '127.0.0.1:7001' })
})

t.test('what is missing is named with file, section and line', async t => {
  t.equal(refused(WHOLE.replace(/^hostkey.*$/m, '')),
    'a.ini, top level, line 1: hostkey is missing')
  for (const key of ['cache_size', 'degree', 'p2p_address']) {
    t.equal(refused(WHOLE.replace(new RegExp(`^${key} ?=(?! of).*$`, 'm'), '')),
      `a.ini, section [gossip], line 6: ${key} is missing`)
  }
  t.match(refused('hostkey = x'), /section \[gossip\], line 1: the section is missing/)
})

t.test('what is wrong is named with file, section and line', async t => {
  const wrong = (from: string, to: string): string => refused(WHOLE.replace(from, to))
  const place = (line: number): string => `a.ini, section [gossip], line ${line}: `
  t.equal(wrong('cache_size = 50', 'cache_size = many'),
    `${place(7)}cache_size must be a whole number from 1 to 1000000, not "many"`)
  for (const bad of ['0', '-1', '1.5', '1000001']) {
    t.match(wrong('cache_size = 50', `cache_size = ${bad}`), `${place(7)}cache_size must be`)
  }
  t.match(wrong('degree=30', 'degree=3'), `${place(8)}degree must be a whole number from 4`)
  t.match(wrong('p2psec.example:6001', 'p2psec.example'), `${place(10)}bootstrapper must be host`)
  t.match(wrong('131.159.15.61:6001', '131.159.15.61:0'), `${place(11)}p2p_address must be`)
  t.match(wrong('[::1]:7001', '::1'), `${place(12)}api_address must be host:port`)
  t.match(wrong('degree=30', 'degree ='), `${place(8)}degree has no value`)
  t.match(wrong('p2p_ttl = 5', 'bootstraper = x:1'), `${place(13)}bootstraper is not known`)
  t.match(wrong('p2p_ttl = 5', 'degree = 30'), `${place(13)}degree is given twice`)
  t.match(wrong('p2p_ttl = 5', 'what is this'), `${place(13)}"what is this" is not key = value`)
  t.match(wrong('; the course', 'nonsense\n; the course'), 'a.ini, top level, line 1: "nonsense"')
})
