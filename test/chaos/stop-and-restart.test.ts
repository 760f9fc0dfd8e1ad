/** Short runs of what `npm run chaos` does at length. */
import { expect, test } from 'vitest'
import { onPostgres, onSqlite } from './places.ts'
import { restart } from './restart.ts'
import { stop } from './stop.ts'

test('SQLite: a stopped worker gives back a hundred long jobs, none of them used up', async () => {
  expect((await onSqlite((place) => stop(place, { stops: 1 }))).violations).toEqual([])
})

test('PostgreSQL: a stopped worker gives back a hundred long jobs, none of them used up', async () => {
  expect((await onPostgres((place) => stop(place, { stops: 1 }))).violations).toEqual([])
})

test('PostgreSQL ends without a word and comes back: what was acknowledged runs once', async () => {
  expect((await onPostgres((place, server) => restart(place, server, { restarts: 1 }))).violations).toEqual([])
})
