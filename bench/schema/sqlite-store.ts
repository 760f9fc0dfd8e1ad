import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Claimed, Cursor, NewJob, Outcome } from './job.ts'
import { type Design, statementsOf } from './sql-file.ts'

export type SqliteWay = 'loop' | 'json'

export interface SqliteWays {
  insert?: SqliteWay
  settle?: SqliteWay
}

export type SqliteStore = ReturnType<typeof openSqliteStore>

const busy = 5

/** Makes the file with its schema. `auto_vacuum` must be set before the first table. */
export function createSqliteSchema(path: string, design: Design): void {
  const db = new DatabaseSync(path)
  const sql = statementsOf(design, 'sqlite')
  db.exec('pragma auto_vacuum = incremental; pragma journal_mode = wal')
  db.exec(`${sql('schema')}\n${sql('history')}`)
  db.close()
}

export function openSqliteStore(path: string, design: Design, ways: SqliteWays = {}) {
  const db = new DatabaseSync(path, { timeout: 0 })
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  const sql = statementsOf(design, 'sqlite')
  const insertWay = ways.insert ?? 'loop'
  const settleWay = ways.settle ?? 'json'
  const insertOne = db.prepare(sql('insert-loop'))
  const insertMany = db.prepare(sql('insert-json'))
  const claimSome = db.prepare(sql('claim'))
  const settleOne = db.prepare(sql('settle-loop'))
  const deleteOne = db.prepare(sql('settle-loop-delete'))
  const settleMany = db.prepare(sql('settle-json'))
  const deleteMany = db.prepare(sql('settle-json-delete'))
  let retries = 0

  /** One write transaction. The lock is never waited for on the main thread: 1 to 4 ms later it is tried again. */
  async function write<T>(work: () => T): Promise<T> {
    while (!begin(db)) {
      retries += 1
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 3))
    }
    try {
      const result = work()
      db.exec('commit')
      return result
    } catch (error) {
      db.exec('rollback')
      throw error
    }
  }

  return {
    db,
    write,
    retryCount: () => retries,

    insert(jobs: readonly NewJob[], now = Date.now()): void {
      if (insertWay === 'json') insertMany.run({ now, rows: JSON.stringify(jobs.map(positional)) })
      else for (const job of jobs) insertOne.run({ now, ...named(job) })
    },

    claim(worker: string, cursors: readonly Cursor[], limit: number, now = Date.now()): Claimed[] {
      const claimed: Claimed[] = []
      for (const { lane, priority, runAt, id } of cursors) {
        if (claimed.length >= limit) break
        const room = limit - claimed.length
        const rows = all<Claimed & { run_at: number }>(claimSome, {
          worker,
          now,
          lane,
          priority,
          runAt,
          id,
          limit: room,
        })
        for (const row of rows) {
          row.runAt = row.run_at
          claimed.push(row)
        }
      }
      return claimed
    },

    /** Gives back what was settled; what is missing was not ours any more. */
    settle(worker: string, outcomes: readonly Outcome[], now = Date.now()): { id: string; flags: number }[] {
      if (outcomes.length === 0) return []
      if (settleWay === 'json') {
        const rows = outcomes.map((o) => [o.id, o.fence, o.state, o.reason, o.output, o.error])
        const settled = all<{ id: string; flags: number }>(settleMany, { worker, now, outcomes: JSON.stringify(rows) })
        deleteMany.run({ ids: JSON.stringify(settled.map((row) => row.id)) })
        return settled
      }
      return outcomes.flatMap((outcome) => {
        const row = settleOne.get({ worker, now, ...outcome }) as { flags: number } | undefined
        if (!row) return []
        deleteOne.run({ id: outcome.id })
        return [{ id: outcome.id, flags: row.flags }]
      })
    },

    close: () => db.close(),
  }
}

function begin(db: DatabaseSync): boolean {
  try {
    db.exec('begin immediate')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return false
    throw error
  }
}

function all<Row>(statement: StatementSync, values: Record<string, SQLInputValue>): Row[] {
  return statement.all(values) as unknown as Row[]
}

function named(job: NewJob): Record<string, SQLInputValue> {
  return {
    ...job,
    input: JSON.stringify(job.input),
    metadata: job.metadata === null ? null : JSON.stringify(job.metadata),
  }
}

/** In the order that `insert-json` reads. */
function positional(job: NewJob): unknown[] {
  return [
    job.id,
    job.job,
    job.lane,
    job.priority,
    job.runAt,
    job.expiresAt,
    job.flags,
    job.blockers,
    job.maxAttempts,
    job.timeoutMs,
    job.keepSucceededMs,
    job.keepFailedMs,
    job.traceparent,
    job.limitKey,
    JSON.stringify(job.input),
    job.metadata === null ? null : JSON.stringify(job.metadata),
  ]
}
