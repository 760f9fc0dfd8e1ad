/** No job reaches an address that is not public, by whichever way it is led there, unless it is allowed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGuard } from '../../src/kinds/http/target.ts'
import { type Bench, startBench, startTarget, type Target } from '../support/http.ts'

/** As it stands in a URL; what it is; the entry of `allow` that allows it. */
const literals: readonly (readonly [string, string, string])[] = [
  ['127.0.0.1', 'loopback', '127.0.0.0/8'],
  ['127.255.255.254', 'loopback', '127.0.0.0/8'],
  ['2130706433', 'loopback, decimal', '127.0.0.1'],
  ['017700000001', 'loopback, octal', '127.0.0.1'],
  ['0x7f000001', 'loopback, hexadecimal', '127.0.0.1'],
  ['0177.0.0.0x1', 'loopback, mixed', '127.0.0.1'],
  ['127.1', 'loopback, short', '127.0.0.1'],
  ['127.0.0.1.', 'loopback, with a dot', '127.0.0.1'],
  ['%31%32%37.0.0.1', 'loopback, percent', '127.0.0.1'],
  ['１２７.0.0.1', 'loopback, full width', '127.0.0.1'],
  ['0.0.0.0', 'unspecified', '0.0.0.0/8'],
  ['0', 'unspecified, short', '0.0.0.0'],
  ['0.1.2.3', 'this network', '0.0.0.0/8'],
  ['10.0.0.1', 'private', '10.0.0.0/8'],
  ['172.16.0.1', 'private', '172.16.0.0/12'],
  ['172.31.255.255', 'private', '172.16.0.0/12'],
  ['192.168.1.1', 'private', '192.168.0.0/16'],
  ['169.254.169.254', 'link-local, metadata of clouds', '169.254.169.254'],
  ['100.64.0.1', 'CGNAT', '100.64.0.0/10'],
  ['100.127.255.255', 'CGNAT', '100.64.0.0/10'],
  ['192.0.0.8', 'IETF', '192.0.0.0/24'],
  ['192.0.2.1', 'documentation', '192.0.2.0/24'],
  ['198.51.100.1', 'documentation', '198.51.100.0/24'],
  ['203.0.113.1', 'documentation', '203.0.113.0/24'],
  ['192.88.99.1', '6to4 relay', '192.88.99.0/24'],
  ['198.18.0.1', 'benchmarking', '198.18.0.0/15'],
  ['198.19.255.255', 'benchmarking', '198.18.0.0/15'],
  ['224.0.0.1', 'multicast', '224.0.0.0/4'],
  ['239.255.255.255', 'multicast', '224.0.0.0/4'],
  ['240.0.0.1', 'reserved', '240.0.0.0/4'],
  ['255.255.255.255', 'broadcast', '255.255.255.255'],
  ['[::1]', 'loopback', '::1'],
  ['[0:0:0:0:0:0:0:1]', 'loopback, long', '::1'],
  ['[::]', 'unspecified', '::'],
  ['[::ffff:127.0.0.1]', 'mapped loopback', '127.0.0.1'],
  ['[::ffff:7f00:1]', 'mapped loopback, hexadecimal', '127.0.0.1'],
  ['[::ffff:169.254.169.254]', 'mapped metadata', '169.254.0.0/16'],
  ['[::127.0.0.1]', 'IPv4-compatible', '::/96'],
  ['[::ffff:0:127.0.0.1]', 'translated', '::ffff:0:0:0/96'],
  ['[64:ff9b::7f00:1]', 'NAT64', '64:ff9b::/96'],
  ['[64:ff9b:1::7f00:1]', 'local NAT64', '64:ff9b:1::/48'],
  ['[100::1]', 'discard', '100::/64'],
  ['[2001::1]', 'Teredo', '2001::/32'],
  ['[2001:2::1]', 'benchmarking', '2001:2::/48'],
  ['[2001:10::1]', 'ORCHID', '2001:10::/28'],
  ['[2001:20::1]', 'ORCHIDv2', '2001:20::/28'],
  ['[2001:db8::1]', 'documentation', '2001:db8::/32'],
  ['[3fff::1]', 'documentation', '3fff::/20'],
  ['[2002:7f00:1::1]', '6to4 of loopback', '2002::/16'],
  ['[2002:808:808::1]', '6to4', '2002::/16'],
  ['[5f00::1]', 'segment routing', '5f00::/16'],
  ['[fc00::1]', 'unique local', 'fc00::/7'],
  ['[fd12:3456::1]', 'unique local', 'fc00::/7'],
  ['[fe80::1]', 'link-local', 'fe80::/10'],
  ['[fec0::1]', 'site-local', 'fec0::/10'],
  ['[ff02::1]', 'multicast', 'ff00::/8'],
  ['[4000::1]', 'not given out', '4000::/3'],
  ['[8000::1]', 'not given out', '8000::/1'],
]

/** As a name would lead there. */
const addressOf = (literal: string): string => new URL(`http://${literal}/`).hostname.replace(/^\[|\]$/g, '')
/** Public; nothing is ever sent there, because the guard says no before. */
const fine = ['93.184.216.34', '2606:2800:21f:cb07:6820:80da:af6b:8b2c']
const answers = new Map<string, readonly string[]>()
const lookup = async (host: string) => answers.get(host) ?? []

let target: Target
let bench: Bench
beforeAll(async () => {
  target = await startTarget()
  // only this port of the target: another port of loopback is as closed as any
  bench = await startBench({ allow: [`127.0.0.1:${target.port}`], lookup })
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  await target[Symbol.asyncDispose]()
})

const refusal = { kind: 'failed', retryable: false, error: { code: 'target_refused' } }

describe.each(literals)('%s (%s)', (literal, _, entry) => {
  test('is refused where it stands in the URL', async () => {
    const { outcome } = await bench.run({ url: `http://${literal}:81/`, breaker: false })
    expect(outcome).toMatchObject(refusal)
  })

  test('is refused where a redirect leads to it', async () => {
    const ascii = literal.replace(/[^ -~]/g, encodeURIComponent) // all that a header can carry
    const to = encodeURIComponent(`http://${ascii}:81/`)
    const { outcome } = await bench.run({ url: `${target.url}/redirect/307?to=${to}`, redirects: 3, breaker: false })
    expect(outcome).toMatchObject(refusal)
  })

  test('is refused where a name leads to it, also beside public addresses', async () => {
    const address = addressOf(literal)
    for (const found of [[address], [...fine, address], [address, ...fine]]) {
      answers.set('name.example', found)
      const { outcome } = await bench.run({ url: 'http://name.example:81/', breaker: false })
      expect(outcome).toMatchObject(refusal)
    }
  })

  test('passes the guard where it is allowed', async () => {
    const network = createGuard({ allow: [entry], lookup })
    answers.set('name.example', [addressOf(literal), ...fine])
    const name = createGuard({ allow: ['name.example'], lookup })
    await expect(network.vet(new URL(`http://${literal}/`))).resolves.toHaveLength(1)
    await expect(network.vet(new URL('http://name.example/'))).resolves.toHaveLength(3)
    await expect(name.vet(new URL('http://name.example/'))).resolves.toHaveLength(3)
    await expect(name.vet(new URL(`http://${literal}/`))).rejects.toMatchObject({ code: 'target_refused' })
  })
})

test.each(fine)('%s is public', async (address) => {
  const guard = createGuard({ allow: [], lookup: async () => [address] })
  await expect(guard.vet(new URL('http://name.example/'))).resolves.toHaveLength(1)
})

test('the connection goes to what was vetted, although the name leads elsewhere a moment later', async () => {
  const found = ['127.0.0.2', '127.0.0.1']
  let asked = 0
  const changing = async () => [found[asked++] as string]
  await using own = await startBench({ allow: [`127.0.0.2:${target.port}`], lookup: changing })
  const url = `http://rebind.example:${target.port}/echo`
  const first = await own.run({ url })
  expect(first.outcome).toMatchObject({ kind: 'done', output: { status: 200 } })
  expect(asked).toBe(1)
  // the connection to the first address is still open, and yet this is refused
  expect((await own.run({ url })).outcome).toMatchObject(refusal)
  expect(asked).toBe(2)
})

test.each(['file:///etc/passwd', 'ftp://93.184.216.34/', 'gopher://127.0.0.1/', 'data:text/plain,x', 'javascript:1'])(
  'a redirect to %s is refused',
  async (to) => {
    const url = `${target.url}/redirect/302?to=${encodeURIComponent(to)}`
    expect((await bench.run({ url, redirects: 3 })).outcome).toMatchObject(refusal)
  },
)

test('the target is reached by what is allowed, and not by its other names', async () => {
  expect((await bench.run({ url: `${target.url}/echo` })).outcome).toMatchObject({ kind: 'done' })
  expect((await bench.run({ url: `http://[::ffff:127.0.0.1]:${target.port}/echo` })).outcome).toMatchObject({
    kind: 'done',
  })
  expect((await bench.run({ url: `http://127.0.0.2:${target.port}/echo` })).outcome).toMatchObject(refusal)
})
