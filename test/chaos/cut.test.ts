/** Short runs of what `npm run chaos` does at length. */
import { expect, test } from 'vitest'
import { cut } from './cut.ts'
import { cutSettle } from './cut-settle.ts'
import { onPostgres } from './places.ts'

test('100 enqueues whose answer is cut off after the commit are one row and one run each', async () => {
  const { violations, counts } = await onPostgres((place) => cut(place, { cuts: 100 }))
  expect(violations).toEqual([])
  expect(counts.cuts).toBe(133) // a third of them are cut twice
})

test('outcomes whose answer is cut off after the commit stand, and nothing runs twice', async () => {
  expect((await onPostgres((place) => cutSettle(place, { cuts: 30 }))).violations).toEqual([])
})
