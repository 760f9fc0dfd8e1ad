import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { advance, chunks, freshCursors, makeJobs } from './job.ts'
import { type LargeTable, timed } from './large-postgres.ts'
import { type Design, statementsOf } from './sql-file.ts'
import { createSqliteSchema, openSqliteStore, type SqliteStore } from './sqlite-store.ts'

const priorities = [0, 1, 2, 3, 4]

/** The same questions as on PostgreSQL: a live table of `live` rows. Medians, in milliseconds. */
export async function measureLargeSqlite(design: Design, live: number): Promise<LargeTable> {
  const folder = mkdtempSync(join(tmpdir(), 'rota-sqlite-'))
  const path = join(folder, 'jobs.db')
  createSqliteSchema(path, design)
  const store = openSqliteStore(path, design)
  const sql = statementsOf(design, 'sqlite')
  const ofWorker = store.db.prepare(sql('running-of-worker'))
  const newest = store.db.prepare(sql('running-newest'))
  const now = Date.now()
  try {
    await fill(store, 1_000, 'oldest', null, now)
    await fill(store, live, 'main', null, now)
    await store.write(() => store.claim('w-oldest', freshCursors('oldest', priorities), 1_000))
    const findByWorkerMs = await timed(9, () => ofWorker.all({ worker: 'w-oldest' }))
    const listRunningOldestMs = await timed(9, () => newest.all())
    await fill(store, 1_000, 'newest', null, now)
    await store.write(() => store.claim('w-newest', freshCursors('newest', priorities), 1_000))
    const listRunningNewestMs = await timed(9, () => newest.all())

    const claim = (cursors: ReturnType<typeof freshCursors>) => store.write(() => store.claim('w-head', cursors, 500))
    const cursors = freshCursors('main', priorities)
    for (let n = 0; n < 40; n += 1) advance(cursors, await claim(cursors))
    const claimBehindRunningMs = await timed(15, async () => advance(cursors, await claim(cursors)))
    const start = freshCursors('main', priorities)
    const claimThroughRunningMs = await timed(15, () => claim(start))

    store.db.exec('delete from jobs')
    await fill(store, live, 'main', now + 3_600_000, now)
    await fill(store, 20_000, 'main', null, now)
    const due = freshCursors('main', priorities)
    const claimBesideScheduledMs = await timed(15, async () => advance(due, await claim(due)))
    return {
      findByWorkerMs,
      listRunningNewestMs,
      listRunningOldestMs,
      claimBesideScheduledMs,
      claimBehindRunningMs,
      claimThroughRunningMs,
    }
  } finally {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(store: SqliteStore, count: number, lane: string, runAt: number | null, now: number): Promise<void> {
  for (const part of chunks(Array.from({ length: count }), 10_000)) {
    const jobs = makeJobs(part.length, lane).map((job) => ({ ...job, runAt }))
    await store.write(() => store.insert(jobs, now))
  }
}
