/**
 * Drains a SQLite file in processes of their own. As a script it is one such process: it opens the file, says
 * `ready`, waits for `go`, drains, and answers with what it settled and how often it met a held lock.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { advance, chunks, freshCursors, makeJobs, type Outcome, succeeded } from './job.ts'
import type { Design } from './sql-file.ts'
import { createSqliteSchema, openSqliteStore, type SqliteStore, type SqliteWays } from './sqlite-store.ts'

export interface SqliteDrainOptions {
  jobs: number
  processes: number
  batch?: number
  priorities?: readonly number[]
  ways?: SqliteWays
  oldSnapshot?: boolean
}

export interface SqliteDrain {
  insertPerSecond: number
  drainPerSecond: number
  busyRetries: number
}

interface Drained {
  settled: string[]
  retries: number
}

const allPriorities = [0, 1, 2, 3, 4]

export async function measureSqliteDrain(design: Design, options: SqliteDrainOptions): Promise<SqliteDrain> {
  const { jobs: count, processes, batch = 500, priorities = [2], ways = {} } = options
  const folder = mkdtempSync(join(tmpdir(), 'rota-sqlite-'))
  const path = join(folder, 'jobs.db')
  try {
    createSqliteSchema(path, design)
    const jobs = makeJobs(count, 'main', priorities)
    const store = openSqliteStore(path, design, ways)
    const inserted = performance.now()
    for (const part of chunks(jobs, batch)) await store.write(() => store.insert(part))
    const insertMs = performance.now() - inserted
    store.close()
    const reader = options.oldSnapshot ? openSnapshot(path) : undefined
    const { milliseconds, drained } = await drainInProcesses(path, design, processes, batch, ways)
    reader?.close()
    const settled = new Set(drained.flatMap((part) => part.settled))
    if (settled.size !== count) throw new Error(`${settled.size} of ${count} jobs were settled.`)
    return {
      insertPerSecond: (count / insertMs) * 1000,
      drainPerSecond: (count / milliseconds) * 1000,
      busyRetries: drained.reduce((sum, part) => sum + part.retries, 0),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Bytes that the write-ahead log takes per job; checkpoints are off so that the file shows all of them. */
export async function measureSqliteWal(design: Design, count: number): Promise<{ insert: number; drain: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'rota-sqlite-'))
  const path = join(folder, 'jobs.db')
  createSqliteSchema(path, design)
  const store = openSqliteStore(path, design)
  const walBytes = () => statSync(`${path}-wal`).size
  try {
    store.db.exec('pragma wal_autocheckpoint = 0')
    for (const part of chunks(makeJobs(count, 'main'), 500)) await store.write(() => store.insert(part))
    const inserted = walBytes()
    await drainSqlite(store, 'worker', 500)
    return { insert: inserted / count, drain: (walBytes() - inserted) / count }
  } finally {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The worker's loop: one write transaction a turn carries the last outcomes and the next claim. */
export async function drainSqlite(store: SqliteStore, worker: string, batch: number): Promise<string[]> {
  const settled: string[] = []
  let cursors = freshCursors('main', allPriorities)
  let outcomes: Outcome[] = []
  let fresh = true
  while (true) {
    const turn = await store.write(() => ({
      over: store.settle(worker, outcomes),
      claimed: store.claim(worker, cursors, batch),
    }))
    for (const row of turn.over) settled.push(row.id)
    if (turn.claimed.length === 0 && fresh) return settled
    outcomes = succeeded(turn.claimed)
    fresh = turn.claimed.length < batch
    if (fresh) cursors = freshCursors('main', allPriorities)
    else advance(cursors, turn.claimed)
  }
}

export async function drainInProcesses(
  path: string,
  design: Design,
  processes: number,
  batch: number,
  ways: SqliteWays,
): Promise<{ milliseconds: number; drained: Drained[] }> {
  const workers = Array.from({ length: processes }, (_, n) =>
    fork(new URL(import.meta.url), [path, design, `worker-${n}`, String(batch), JSON.stringify(ways)]),
  )
  const answer = <T>(index: number) =>
    new Promise<T>((resolve, reject) => {
      workers[index]?.once('message', (message) => resolve(message as T))
      workers[index]?.once('exit', (code) => reject(new Error(`A drain process ended early with code ${code}.`)))
    })
  await Promise.all(workers.map((_, n) => answer<string>(n)))
  const start = performance.now()
  const answers = workers.map((_, n) => answer<Drained>(n))
  for (const worker of workers) worker.send('go')
  const drained = await Promise.all(answers)
  const milliseconds = performance.now() - start
  for (const worker of workers) if (worker.connected) worker.disconnect()
  return { milliseconds, drained }
}

function openSnapshot(path: string): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true })
  reader.exec('begin')
  reader.prepare('select count(*) from jobs').get()
  return reader
}

if (import.meta.main && process.send) {
  const [path = '', design = 'hot', worker = '', batch = '500', ways = '{}'] = process.argv.slice(2)
  const store = openSqliteStore(path, design as Design, JSON.parse(ways))
  process.once('message', async () => {
    const settled = await drainSqlite(store, worker, Number(batch))
    process.send?.({ settled, retries: store.retryCount() })
    store.close()
  })
  process.send('ready')
}
