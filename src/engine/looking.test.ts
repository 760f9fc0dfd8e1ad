import { expect, test } from 'vitest'
import { Looking } from './looking.ts'

const lease = 30_000

function idle(
  looks: number,
  { hears = true, workers = 1, likes }: { hears?: boolean; workers?: number; likes?: number } = {},
): Looking {
  const looking = new Looking(1_000, lease, () => 1)
  looking.hears = hears
  looking.workers = workers
  looking.likes = likes ?? workers
  for (let n = 0; n < looks; n++) looking.looked(false)
  return looking
}

test('looks in vain come later and later, up to five polls, and the first job brings them back', () => {
  expect([0, 1, 2, 5, 50].map((looks) => idle(looks).pause)).toEqual([1_000, 1_000, 2_000, 5_000, 5_000])
  const looking = idle(50)
  looking.looked(true)
  expect(looking.pause).toBe(1_000)
})

test('where nothing is heard every worker looks at every poll', () => {
  const deaf = idle(50, { hears: false, workers: 100 })
  expect([deaf.pause, deaf.promotion]).toEqual([1_000, 1_000])
})

test('workers share looks with those that do the same, but each looks within two leases whatever it believes', () => {
  expect(idle(5, { workers: 3 }).pause).toBe(5_000) // three make every look
  expect(idle(5, { workers: 12 }).pause).toBe(20_000)
  expect(idle(5, { workers: 100 }).pause).toBe(2 * lease)
  const alone = idle(5, { workers: 12, likes: 1 })
  expect([alone.pause, alone.promotion]).toEqual([5_000, 20_000])
  expect(idle(0, { workers: 9 }).shared(5_000)).toBe(15_000)
  expect(idle(0, { workers: 100 }).shared(5_000)).toBe(2 * lease)
  expect(idle(0, { workers: 1 }).shared(90_000)).toBe(90_000) // nobody looks more often than without the others
})
