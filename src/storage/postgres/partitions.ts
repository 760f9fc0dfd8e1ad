/**
 * Partitions of the history, by the time its rows may go: days within a month from now, months beyond.
 *
 * There is no default partition. A settle that finds none for its rows fails with 23514, makes what is missing and is
 * done again. A partition is made apart and attached, because `create table … partition of` would wait behind every
 * open reader of the history, and every settle behind it.
 */
import { sqlState } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

const day = 86_400_000
const monthsFrom = 31 * day
/** Following days that are made along, so that midnight does not come as a surprise. */
const ahead = 2

interface Range {
  readonly name: string
  readonly from: number
  readonly to: number
}

const missingPartition = '23514'

/** Runs `work`, again when a partition for a row was missing. */
export async function withPartitions<T>(database: Database, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (sqlState(error) !== missingPartition) throw error
      const instant = instantOf(error)
      if (instant === null) throw error
      await database.transaction(async (session) => {
        const [clock] = await session.run(`select ${nowMs(1)} as now`, [session.now()])
        await makePartitions(session, Number(clock?.now), [instant])
      })
    }
  }
}

/** `(keep_until) = (1827654321000)` stands in the detail of the error, in whatever language. */
function instantOf(error: unknown): number | null {
  const [, ms] = /= \((\d+)\)/.exec(String((error as { detail?: unknown }).detail)) ?? []
  return ms === undefined ? null : Number(ms)
}

/** Makes the partitions for rows that may go at these instants. Runs in a transaction. */
export async function makePartitions(
  { run, schema }: Session,
  now: number,
  instants: readonly number[],
): Promise<void> {
  await run(`select pg_advisory_xact_lock(hashtext($1))`, [`${schema}.partitions`])
  const rows = await run(`select from_ms, to_ms from ${schema}.partitions`)
  const made = rows.map((row) => ({ from: Number(row.from_ms), to: Number(row.to_ms) }))
  for (const instant of instants) {
    for (let i = 0; i <= ahead; i++) {
      const at = instant + i * day
      if (made.some((range) => range.from <= at && at < range.to)) continue
      const month = monthOf(at)
      const free = (range: Range) => made.every((other) => other.to <= range.from || range.to <= other.from)
      const range = at - now > monthsFrom && free(month) ? month : dayOf(at)
      const table = `${schema}.finished_jobs_${range.name}`
      await run(`create table ${table} (like ${schema}.finished_jobs including all)`)
      await run(
        `alter table ${schema}.finished_jobs attach partition ${table} for values from (${range.from}) to (${range.to})`,
      )
      await run(`insert into ${schema}.partitions (name, from_ms, to_ms) values ($1, $2, $3)`, [
        range.name,
        range.from,
        range.to,
      ])
      made.push(range)
    }
  }
}

/** `20261128`: the day in UTC that an instant falls into. */
function dayOf(instant: number): Range {
  const from = Math.floor(instant / day) * day
  return { name: new Date(from).toISOString().slice(0, 10).replaceAll('-', ''), from, to: from + day }
}

/** `202612`: the month in UTC that an instant falls into. */
function monthOf(instant: number): Range {
  const date = new Date(instant)
  const from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
  return {
    name: new Date(from).toISOString().slice(0, 7).replace('-', ''),
    from,
    to: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1),
  }
}
