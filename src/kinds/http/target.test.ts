import { describe, expect, test } from 'vitest'
import { checkAllow, createGuard } from './target.ts'

describe('an entry of allow', () => {
  test.each([
    '10.0.0.0/8',
    '10.0.0.7',
    '10.0.0.7:8080',
    '10.0.0.0/8:8080',
    '::1',
    'fc00::/7',
    '[::1]:8080',
    '[fc00::/7]',
    'localhost',
    'internal.example.com:443',
    '*.svc.local',
    '*.svc.local:8080',
    'my_service',
    '::ffff:10.0.0.0/104',
  ])('%s', (entry) => {
    expect(() => checkAllow([entry])).not.toThrow()
  })

  test.each([
    '',
    '*',
    'a.*.example',
    '10.0.0.0/33',
    '10.0.0',
    '127.1',
    '2130706433',
    '0x7f.1',
    '010.0.0.1',
    'http://a.example',
    'a.example/x',
    'a.example:0',
    'a.example:70000',
    '[::1',
    '[a.example]',
    'fe80::1%eth0/64',
    '-a.example',
    'a b',
    5,
    null,
  ])('not %j', (entry) => {
    expect(() => checkAllow([entry as string])).toThrow(
      expect.objectContaining({ code: 'option_invalid', field: 'http.allow[0]' }),
    )
  })

  test('not outside a list', () => {
    expect(() => checkAllow('10.0.0.0/8' as never)).toThrow(/as a list/)
  })
})

describe('allows', () => {
  const fits = async (allow: string[], url: string, addresses = ['10.1.2.3']) =>
    createGuard({ allow, lookup: async () => addresses })
      .vet(new URL(url))
      .then(
        () => true,
        (error) => (error.code === 'target_refused' ? false : Promise.reject(error)),
      )

  test.each<[string, string, boolean]>([
    ['10.0.0.0/8', 'http://10.255.0.1/', true],
    ['10.0.0.0/8', 'http://a.example/', true],
    ['10.0.0.0/8', 'http://11.0.0.1.example/', true],
    ['10.0.0.0/16', 'http://a.example/', false],
    ['10.1.2.3:8080', 'http://a.example:8080/', true],
    ['10.1.2.3:8080', 'http://a.example/', false],
    ['10.1.2.3:80', 'http://a.example/', true],
    ['10.1.2.3:443', 'https://a.example/', true],
    ['a.example', 'http://A.example./', true],
    ['a.example', 'http://b.a.example/', false],
    ['a.example', 'http://a.example.evil.example/', false],
    ['A.Example:8080', 'http://a.example:8080/', true],
    ['a.example:8080', 'http://a.example:8081/', false],
    ['*.svc.local', 'http://a.svc.local/', true],
    ['*.svc.local', 'http://b.a.svc.local/', true],
    ['*.svc.local', 'http://svc.local/', false],
    ['*.svc.local', 'http://xsvc.local/', false],
    ['::ffff:10.0.0.0/104', 'http://10.1.1.1/', true],
    ['10.0.0.0/8', 'http://[::ffff:10.1.1.1]/', true],
    ['fc00::/7', 'http://[fd00::1]/', true],
    ['[fd00::1]:81', 'http://[fd00::1]/', false],
  ])('%s: %s is %s', async (entry, url, expected) => {
    expect(await fits([entry], url)).toBe(expected)
  })

  test('a network does not allow the other addresses of a name, a name does', async () => {
    expect(await fits(['10.0.0.0/8'], 'http://a.example/', ['10.1.1.1', '127.0.0.1'])).toBe(false)
    expect(await fits(['a.example'], 'http://a.example/', ['10.1.1.1', '127.0.0.1'])).toBe(true)
  })
})

test('what a name leads to is told by its class only', async () => {
  const guard = createGuard({ allow: [], lookup: async () => ['10.20.30.40'] })
  const error = await guard.vet(new URL('http://a.example/x?token=1')).catch((error) => error)
  expect(error.message).toMatch(/a\.example.*private.*http\.allow/)
  expect(error.message).not.toMatch(/10\.20|token/)
})

test('a name that leads nowhere, and one that leads to no address', async () => {
  const vet = (found: string[]) =>
    createGuard({ allow: [], lookup: async () => found }).vet(new URL('http://a.example'))
  await expect(vet([])).rejects.toMatchObject({ code: 'http_failed' })
  await expect(vet(['nonsense'])).rejects.toMatchObject({ code: 'target_refused' })
  await expect(vet(['8.8.8.8', '2a00::1'])).resolves.toEqual([
    { address: '8.8.8.8', family: 4 },
    { address: '2a00::1', family: 6 },
  ])
})
