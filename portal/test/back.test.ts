import { describe, expect, test } from 'vitest'
import { differences } from '../src/screens/handler/diff.ts'
import { errorIn, placeOf } from '../src/screens/sign-in/back.ts'

describe('where one goes after the sign-in', () => {
  test('a screen of the portal, with its search', () => {
    expect(placeOf('/jobs?filter=state%3Afailed&error=x')).toEqual({
      path: '/jobs',
      search: { filter: 'state:failed' },
    })
    expect(placeOf('/handlers/a%2Fb')).toEqual({ path: '/handlers/a%2Fb', search: {} })
  })

  test('nowhere else, in whatever way it is written', () => {
    const evil = [
      'https://evil.example',
      '//evil.example/x',
      '/\\evil.example',
      '/\t/evil.example',
      '\\\\evil.example',
      'javascript:alert(1)',
      ' //evil.example',
      '/sign-in?back=/sign-in',
      '/set-up',
      'jobs',
      '',
    ]
    for (const back of [...evil, undefined]) expect(placeOf(back), back).toEqual({ path: '/', search: {} })
  })

  test('what a provider said is found, also behind the start', () => {
    expect(errorIn({ error: 'access_denied' })).toBe('access_denied')
    expect(errorIn({ back: '/?error=not_allowed' })).toBe('not_allowed')
    expect(errorIn({ back: '/jobs' })).toBeNull()
  })
})

describe('what two versions of a definition differ in', () => {
  test('by the place; what is the same is left out', () => {
    const before = { a: 1, list: [1, { x: 'y' }], gone: {}, same: null }
    expect(differences(before, { a: 2, list: [1, { x: 'z' }, 3], same: null })).toEqual([
      { path: 'a', before: '1', after: '2' },
      { path: 'gone', before: '{}', after: null },
      { path: 'list[1].x', before: '"y"', after: '"z"' },
      { path: 'list[2]', before: null, after: '3' },
    ])
  })

  test('of what is huge or deep as much as can be read', () => {
    let deep: unknown = 1
    for (let i = 0; i < 1_000; i++) deep = { deep }
    expect(differences({ deep }, { deep: 1 })).toHaveLength(2)
    expect(
      differences(
        Array.from({ length: 10_000 }, () => 1),
        {},
      ).length,
    ).toBeLessThanOrEqual(2_001)
  })
})
