import { expect, test } from 'vitest'
import { createIdMaker, isJobId } from './id.ts'

test('ids are UUIDv7, carry their time, and grow also within a millisecond and when the clock goes back', () => {
  let now = Date.UTC(2027, 0, 1)
  const next = createIdMaker(
    () => now,
    () => Math.floor(Math.random() * 2 ** 32),
  )
  const ids: string[] = []
  for (let i = 0; i < 5_000; i++) ids.push(next())
  now -= 60_000
  for (let i = 0; i < 5_000; i++) ids.push(next())
  now += 120_000
  ids.push(next())
  expect(ids.every((id) => isJobId(id) && id[14] === '7' && '89ab'.includes(id[19] as string))).toBe(true)
  expect(Number.parseInt((ids[0] as string).replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2027, 0, 1))
  expect(ids).toEqual([...new Set(ids)].sort())
})

test('an overflowing counter borrows the next millisecond', () => {
  const next = createIdMaker(
    () => 1_000,
    () => 0xffffffff,
  )
  const ids = Array.from({ length: 100 }, next)
  expect(ids).toEqual([...new Set(ids)].sort())
})
