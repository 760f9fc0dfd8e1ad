import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RotaError } from './errors.ts'
import { everyJob, type Filter, type FilterObject, formatFilter, parseFilter } from './filter.ts'
import { priorities } from './priority.ts'
import { allStates } from './states.ts'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'

test.each<[string, Partial<Filter>]>([
  ['', {}],
  [' \n state:failed\tlane:mail ', { states: ['failed'], lanes: ['mail'] }],
  ['state:failed,ready,failed,', { states: ['failed', 'ready'] }],
  ['job:a:b,@c/d', { jobs: ['a:b', '@c/d'] }],
  ['priority:veryLow,high', { priorities: ['veryLow', 'high'] }],
  ['reason:"discarded: too old, sorry"', { reasons: ['discarded: too old, sorry'] }],
  [`id:${id.toUpperCase()} flow:${id}`, { ids: [id], flows: [id] }],
  ['schedule:daily-report,"a b"', { schedules: ['daily-report', 'a b'] }],
  ['since:1.5h until:2027-01-31T09:00:00Z', { since: { ago: 5_400_000 }, until: { at: Date.UTC(2027, 0, 31, 9) } }],
  ['error:"ECONN refused","a ""', {}],
  ['error:5" error2', {}],
  ['error:C:\\temp', { errors: ['C:\\temp'] }],
  ['error:"C:\\temp \\"x\\" \\\\"', { errors: ['C:\\temp "x" \\'] }],
  ['metadata.team:"a b",42', { metadata: [{ key: 'team', values: ['a b', '42'] }] }],
  [
    'metadata.a.b:1 metadata."c: d":"" metadata.__proto__:x',
    {
      metadata: [
        { key: 'a.b', values: ['1'] },
        { key: 'c: d', values: [''] },
        { key: '__proto__', values: ['x'] },
      ],
    },
  ],
  [
    'input.items.0.sku:A1 input."a.b"."":true',
    {
      input: [
        { path: ['items', '0', 'sku'], values: ['A1'] },
        { path: ['a.b', ''], values: ['true'] },
      ],
    },
  ],
])('%s', (text, filter) => {
  if (Object.keys(filter).length === 0 && text !== '') expect(() => parseFilter(text)).toThrow(RotaError)
  else expect(parseFilter(text)).toEqual({ ...everyJob, ...filter })
})

test('an object means what the text means', () => {
  const at = new Date(Date.UTC(2027, 0, 31, 9))
  const filter: FilterObject = {
    state: ['failed', 'ready'],
    lane: 'mail',
    priority: 'low',
    schedule: 'daily',
    since: at,
    until: 60_000,
    metadata: { team: ['a b', 42], urgent: true, skipped: undefined as never },
    input: { 'items.0.sku': 'A1', '"a.b"': 1 },
    error: 'ECONN refused',
  }
  const text =
    'state:failed,ready lane:mail priority:low schedule:daily since:2027-01-31T09:00:00.000Z until:1m metadata.team:"a b",42 metadata.urgent:true input.items.0.sku:A1 input."a.b":1 error:"ECONN refused"'
  expect(parseFilter(filter)).toEqual(parseFilter(text))
  expect(parseFilter(formatFilter(parseFilter(filter)))).toEqual(parseFilter(text))
  expect(parseFilter({})).toEqual(everyJob)
  expect(parseFilter(JSON.parse('{"metadata":{"__proto__":"x"}}')).metadata).toEqual([
    { key: '__proto__', values: ['x'] },
  ])
})

test.each<[string | object, string, string]>([
  ['stat:failed', 'option_unknown', '"stat:failed" is not understood, did you mean "state"?'],
  ['state', 'option_unknown', '"state" is not understood'],
  ['metdata.team:a', 'option_unknown', 'did you mean "metadata"?'],
  ['metadata:a', 'option_unknown', 'metadata.<key>'],
  ['state.x:failed', 'option_unknown', '"state.x:failed"'],
  ['state:faild', 'option_invalid', 'filter state: "faild" is not allowed, did you mean "failed"?'],
  ['priority:hihg', 'option_invalid', 'did you mean "high"?'],
  ['lane:a state:ready lane:b', 'option_invalid', '"lane:b" stands twice; write lane:a,b for either'],
  ['metadata.a:1 metadata."a":2', 'option_invalid', 'stands twice'],
  ['lane:,', 'option_invalid', '"lane:," has no value'],
  ['lane:', 'option_invalid', 'has no value'],
  ['metadata.:x', 'option_invalid', 'has an empty part'],
  ['input.a..b:x', 'option_invalid', 'has an empty part'],
  ['input.a', 'option_invalid', 'has no value'],
  ['error:"open', 'option_invalid', 'opens a quote that nothing closes'],
  ['error:"a"b', 'option_invalid', 'goes on with "b"'],
  ['error:""', 'option_invalid', 'a text of 1 to'],
  ['id:abc', 'option_invalid', '"abc" is not an id'],
  ['since:soon', 'duration_invalid', 'filter since: "soon"'],
  ['since:1h,2h', 'option_invalid', 'has two values'],
  ['until:2027-01-31T09:00', 'instant_invalid', 'filter until'],
  [`lane:${'x'.repeat(2_000)}`, 'option_invalid', '2000'],
  ['lane:\0', 'option_invalid', 'NUL'],
  [{ stat: 'failed' }, 'option_unknown', 'did you mean "state"?'],
  [{ state: 'faild' }, 'option_invalid', 'did you mean "failed"?'],
  [{ state: [] }, 'option_invalid', 'filter state: has no value'],
  [{ lane: 7 }, 'option_invalid', 'filter lane: 7'],
  [{ metadata: { a: null } }, 'option_invalid', 'filter metadata.a: null'],
  [{ metadata: { a: Number.NaN } }, 'option_invalid', 'filter metadata.a'],
  [{ metadata: ['a'] }, 'option_invalid', 'filter metadata'],
  [{ input: { 'a..b': 1 } }, 'option_invalid', 'has an empty part'],
  [{ lane: '\ud800' }, 'option_invalid', 'filter lane'],
  [{ since: new Date(8e15) }, 'instant_invalid', 'filter since'],
  [[], 'option_invalid', 'must be an object'],
])('%j is refused: %s', (filter, code, part) => {
  const thrown = (() => {
    try {
      parseFilter(filter as FilterObject)
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toMatchObject({ code, field: 'filter' })
  expect((thrown as Error).message).toContain(part)
})

const someText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...'" \\,:.\t\na1[]{}%_'), maxLength: 6 }),
  fc.constantFrom('__proto__', '42', 'true', 'null', 'constructor'),
)
const clean = someText.map((text) => text.replaceAll('\0', '').toWellFormed())
const listOf = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { minLength: 1, maxLength: 3 })
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null, freq: 1 })
const moment = fc.oneof(
  fc.record({ ago: fc.nat(3_000_000_000) }),
  fc.record({
    at: fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59Z') }),
  }),
)
const filters: fc.Arbitrary<Filter> = fc.record({
  states: maybe(listOf(fc.constantFrom(...allStates))),
  lanes: maybe(listOf(clean)),
  jobs: maybe(listOf(clean)),
  priorities: maybe(listOf(fc.constantFrom(...priorities))),
  reasons: maybe(listOf(clean)),
  ids: maybe(listOf(fc.uuid())),
  flows: maybe(listOf(fc.uuid())),
  schedules: maybe(listOf(clean)),
  since: maybe(moment),
  until: maybe(moment),
  metadata: fc.uniqueArray(fc.record({ key: clean, values: listOf(clean) }), {
    maxLength: 3,
    selector: ({ key }) => key,
  }),
  input: fc.uniqueArray(fc.record({ path: fc.array(clean, { minLength: 1, maxLength: 3 }), values: listOf(clean) }), {
    maxLength: 3,
    selector: ({ path }) => JSON.stringify(path),
  }),
  errors: maybe(listOf(clean.filter((text) => text !== ''))),
})

test('what was formatted is read as it was', () => {
  fc.assert(
    fc.property(filters, (filter) => {
      expect(parseFilter(formatFilter(filter))).toEqual(filter)
    }),
    { numRuns: 500 },
  )
})

test('any text is read or refused with an error of ours', () => {
  fc.assert(
    fc.property(
      fc.array(someText, { maxLength: 6 }),
      fc.constantFrom('metadata.a:', 'input.', 'error:', ''),
      (parts, start) => {
        try {
          parseFilter(start + parts.join(''))
        } catch (error) {
          expect(error).toMatchObject({ name: 'RotaError', field: 'filter' })
        }
      },
    ),
  )
})
