/** Short runs of what `npm run chaos` does at length. */
import { expect, test } from 'vitest'
import { kill } from './kill.ts'
import { onPostgres, onSqlite } from './places.ts'

test('SQLite: workers killed 20 times at awkward moments lose nothing and repeat only what they held', async () => {
  expect((await onSqlite((place) => kill(place, { kills: 20 }))).violations).toEqual([])
}, 120_000)

test('PostgreSQL: workers killed 20 times at awkward moments lose nothing and repeat only what they held', async () => {
  expect((await onPostgres((place) => kill(place, { kills: 20 }))).violations).toEqual([])
}, 120_000)
