/**
 * Ready jobs whose id no live worker of their lane knows are set aside, so that claims need not step over them:
 * ready → aside → (somebody knows them) ready. Only the head of a lane is looked at: what stands behind is in nobody's way.
 */
import { suspectAfter } from '../../job/states.ts'
import type { WorkerLane } from '../contract.ts'
import { aside, codeOf } from './codes.ts'
import type { SqlDatabase } from './database.ts'

export async function setAside(db: SqlDatabase, limit: number): Promise<{ aside: number; back: number }> {
  let moved = 0
  let back = 0
  for (const [lane, jobs] of await knownByLane(db)) {
    moved += await put(db, lane, [...jobs], limit)
    back += await bring(db, lane, [...jobs], limit)
  }
  return { aside: moved, back }
}

/** The job ids that live workers know, by the lanes they serve. */
async function knownByLane(db: SqlDatabase): Promise<Map<string, Set<string>>> {
  const workers = await db.read(
    `select lanes, jobs from ${db.table('workers')} where dead = 0 and lease_until > ${db.now(1)}`,
    [db.clock()],
  )
  const known = new Map<string, Set<string>>()
  for (const worker of workers) {
    const jobs = JSON.parse(String(worker.jobs)) as string[]
    for (const { name } of JSON.parse(String(worker.lanes)) as WorkerLane[])
      known.set(name, new Set([...(known.get(name) ?? []), ...jobs]))
  }
  return known
}

async function put(db: SqlDatabase, lane: string, known: readonly string[], limit: number): Promise<number> {
  const ready = `stage = ${codeOf('ready')} and worker is null`
  const head = await db.read(
    `select id from (
       select id, job from ${db.table('jobs')} where ${ready} and lapses < ${suspectAfter} and lane = $1
       order by priority, run_at, id limit $3) head
     where not (${db.anyOf('job', 2)})`,
    [lane, known, limit],
  )
  if (head.length === 0) return 0
  const rows = await db.write(
    `update ${db.table('jobs')} set stage = ${aside} where ${db.anyOf('id', 1)} and ${ready} returning 1 as moved`,
    [head.map((row) => String(row.id))],
  )
  return rows.length
}

async function bring(db: SqlDatabase, lane: string, known: readonly string[], limit: number): Promise<number> {
  const back = await db.read(
    `select id from ${db.table('jobs')} where stage = ${aside} and lane = $1 and ${db.anyOf('job', 2)} limit $3`,
    [lane, known, limit],
  )
  if (back.length === 0) return 0
  const rows = await db.write(
    `update ${db.table('jobs')} set stage = ${codeOf('ready')}
     where ${db.anyOf('id', 1)} and stage = ${aside} returning 1 as moved`,
    [back.map((row) => String(row.id))],
  )
  return rows.length
}
