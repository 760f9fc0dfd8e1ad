import fc from 'fast-check'
import { expect, test } from 'vitest'
import { everyJob, parseFilter } from '../job/filter.ts'
import { filterWord } from './filter-word.ts'

test.each([
  ['state', 'failed', 'state:failed'],
  ['state', ['failed', 'expired'], 'state:failed,expired'],
  ['lane', 'a b', 'lane:"a b"'],
  ['reason', 'x, "y" \\', 'reason:"x, \\"y\\" \\\\"'],
  ['reason', '', 'reason:""'],
  ['since', '2027-01-31T09:00:00Z', 'since:2027-01-31T09:00:00Z'],
  ['metadata.team', 42, 'metadata.team:42'],
  ['metadata.a.b: c', true, 'metadata."a.b: c":true'],
  ['input.items.0."a.b"', 'x', 'input.items.0."a.b":x'],
])('%s %j → %s', (key, value, word) => expect(filterWord(key, value)).toBe(word))

test('what is written is read again, whatever it is', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((one) => !one.includes('\0') && one.isWellFormed())
  fc.assert(
    fc.property(text, fc.uniqueArray(text, { minLength: 1, maxLength: 3 }), (name, values) => {
      expect(parseFilter(filterWord('reason', values))).toEqual({ ...everyJob, reasons: values })
      expect(parseFilter(filterWord(`metadata.${name}`, values)).metadata).toEqual([{ key: name, values }])
    }),
  )
})

test.each([
  ['status', 'option_unknown'],
  ['state:failed lane', 'option_invalid'],
  ['input.a b', 'option_invalid'],
  ['input.a:x lane', 'option_invalid'],
  ['metadata', 'option_unknown'],
])('%s is no key', (key, code) => expect(() => filterWord(key, 'x')).toThrow(expect.objectContaining({ code })))

test('no value is no word', () =>
  expect(() => filterWord('state', [])).toThrow(expect.objectContaining({ code: 'option_invalid' })))
