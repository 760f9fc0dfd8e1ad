/** A short run of what `npm run chaos` does at length. */
import { expect, test } from 'vitest'
import { onSqlite } from './places.ts'
import { writers } from './writers.ts'

test('eight processes enqueue and work on one SQLite file without an error, and none is blocked for long', async () => {
  // The long run demands 20 ms. Here other tests want the two processors too.
  const options = { processes: 8, seconds: 8, delay: 100, turn: 100, log: 100e6 }
  expect((await onSqlite((place) => writers(place, options))).violations).toEqual([])
})

test('two processes write to one SQLite file without a pause, and its write-ahead log stays small', async () => {
  const options = { processes: 2, seconds: 8, delay: 100, turn: 100, log: 80e6 }
  expect((await onSqlite((place) => writers(place, options))).violations).toEqual([])
})
