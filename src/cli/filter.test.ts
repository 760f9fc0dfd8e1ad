import { expect, test } from 'vitest'
import { parseFilter } from '../job/filter.ts'
import { filterHelp, filterOf } from './filter.ts'

test.each([
  [['state:failed', 'lane:mail'], 'state:failed lane:mail'],
  [['state:failed lane:mail'], 'state:failed lane:mail'],
  [['error:ECONN refused', 'state:failed'], 'error:"ECONN refused" state:failed'],
  [['error:no: C:\\a b\\'], 'error:"no: C:\\\\a b\\\\"'],
  [['error:"ECONN refused" state:failed'], 'error:"ECONN refused" state:failed'],
  [['error:it said "no" twice'], 'error:"it said \\"no\\" twice"'],
  [['metadata.team:a b,c'], 'metadata.team:"a b,c"'],
  [['since:1h', 'until:5m input.user.id:42'], 'since:1h until:5m input.user.id:42'],
  [[], ''],
])('%j is %s', (args, filter) => {
  expect(filterOf(args)).toBe(filter)
  parseFilter(filter)
})

test('a typo is not put in quotes', () => {
  expect(filterOf(['state:failed lne:mail'])).toBe('state:failed lne:mail')
})

test('the help names every key', () => {
  for (const key of [
    'state',
    'lane',
    'job',
    'priority',
    'reason',
    'id',
    'flow',
    'schedule',
    'since',
    'until',
    'metadata.<key>',
    'error',
  ])
    expect(filterHelp()).toContain(`  ${key}:`)
})
