/** Firing: what becomes of due schedules, each written only if it is still what was seen, in one transaction with its jobs. */
import { timeOfId } from '../../job/id.ts'
import type { Skip } from '../../schedule/firing.ts'
import type { Fired, Firing, InsertResult, NewJob } from '../contract.ts'
import type { Query, SqlDatabase } from './database.ts'
import { cancel } from './edit.ts'
import { hold as holdJobs, storedBefore } from './hold.ts'
import { insertSpecial, isPlain, type Store } from './insert.ts'
import { hold } from './schedules.ts'
import { insertSkips } from './skips.ts'

/** Why a job is cancelled whose schedule replaces it. */
const replaced = 'replaced by a later run of its schedule'

/**
 * Nobody waits here: a schedule that somebody else holds is being fired, or changed, and then this decision is out of date.
 *
 * @param store inserts jobs whose keys are taken
 */
export async function fire(db: SqlDatabase, query: Query, firings: readonly Firing[], store: Store): Promise<Fired[]> {
  const held = new Set(await advance(db, query, firings))
  const own = firings.filter(({ id }) => held.has(id))
  if (own.length === 0) return []
  const before = await ranBefore(db, query, own)
  const fresh = own.flatMap((firing) => firing.jobs).filter(({ id }) => !before.has(id))
  const jobs = await withoutGone(db, query, fresh)
  const stored = jobs.every(isPlain) ? await store(jobs) : await insertSpecial(db, query, jobs, false, store)
  const results = new Map(stored.map((result, i) => [jobs[i]?.id as string, result]))
  const resultOf = (id: string): InsertResult => results.get(id) ?? { status: 'duplicate', id }
  const duplicates = own
    .filter(({ again }) => !again)
    .map(({ id, jobs: its }) => ({
      id,
      skips: its.flatMap((job) => (isSlot(job) && resultOf(job.id).id !== job.id ? duplicate(timeOfId(job.id)) : [])),
    }))
  await insertSkips(db, query, [...own, ...duplicates])
  const ids = own.flatMap((firing) => firing.cancel)
  if (ids.length > 0) await cancel(db, query, ids, replaced)
  return own.map(({ id, jobs: its }) => ({ id, results: its.map((job) => resultOf(job.id)) }))
}

/** What a person asked for is none. */
const isSlot = ({ schedule }: NewJob): boolean => schedule !== null && schedule.missed !== null

const duplicate = (slot: number): Skip => ({ slot, from: slot, count: 1, reason: 'duplicate', message: null })

/** A run that is gone altogether is over. */
async function withoutGone(db: SqlDatabase, query: Query, jobs: readonly NewJob[]): Promise<readonly NewJob[]> {
  const own = new Set(jobs.map(({ id }) => id))
  const outside = [...new Set(jobs.flatMap(({ parents }) => parents.map(({ id }) => id)))].filter((id) => !own.has(id))
  if (outside.length === 0) return jobs
  const there = await holdJobs(db, query, outside)
  return jobs.map((job) => ({ ...job, parents: job.parents.filter(({ id }) => own.has(id) || there.has(id)) }))
}

const advanced = {
  id: 'text',
  version: 'integer',
  state: 'text',
  reason: 'text',
  next_at: 'bigint',
  last_at: 'bigint',
  runs: 'integer',
} as const

async function advance(db: SqlDatabase, query: Query, firings: readonly Firing[]): Promise<string[]> {
  const ids = firings.map(({ id }) => id)
  const held = await hold(db, query, ids, db.lock.skip)
  if (held.length === 0) return []
  const rows = await query(
    `update ${db.table('schedules')} set state = n.state, reason = n.reason, next_at = n.next_at,
       paused_from = case n.state when 'paused' then paused_from end, last_at = coalesce(n.last_at, schedules.last_at),
       runs = schedules.runs + n.runs, version = schedules.version + 1
     from ${db.records(1, 'n', advanced)}
     where schedules.id = n.id and schedules.version = n.version and ${db.anyOf('schedules.id', 2)} returning schedules.id`,
    [
      JSON.stringify(
        firings.map(({ id, version, state, reason, nextAt, lastAt, runs }) => ({
          ...{ id, version, state, reason, runs },
          next_at: nextAt,
          last_at: lastAt,
        })),
      ),
      held,
    ],
  )
  return rows.map((row) => String(row.id))
}

async function ranBefore(db: SqlDatabase, query: Query, firings: readonly Firing[]): Promise<Set<string>> {
  const jobs = firings.filter(({ again }) => again).flatMap((firing) => firing.jobs)
  return jobs.length > 0 ? storedBefore(db, query, jobs) : new Set()
}
