import { expect, test } from 'vitest'
import { onceKeys } from '../src/lib/once-keys.ts'

test('a press that is repeated has the same key, until it is stored or asks for something else', () => {
  const { keyFor, done } = onceKeys()
  const first = keyFor({ job: 'mail', input: { to: 'ada' } })
  expect(keyFor({ job: 'mail', input: { to: 'ada' } })).toBe(first)
  const other = keyFor({ job: 'mail', input: { to: 'bob' } })
  expect(other).not.toBe(first)
  expect(keyFor({ job: 'mail', input: { to: 'bob' } })).toBe(other)
  done()
  expect(keyFor({ job: 'mail', input: { to: 'bob' } })).not.toBe(other)
})

test('two forms never have the same key', () => expect(onceKeys().keyFor({})).not.toBe(onceKeys().keyFor({})))
