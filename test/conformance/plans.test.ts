/** By which index a look over all schedules goes, asked of the databases: what is due next, whatever is stored. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ScheduleQuery, Storage } from '../../src/storage/contract.ts'
import type { PostgresClient, PostgresPool, PostgresQuery } from '../../src/storage/postgres/index.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { aSchedule } from '../support/schedule.ts'

let server: RunningPostgres
const folder = temporaryFolder('plans')
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** A storage that tells the plan of each of its statements that only look. */
interface Explained {
  readonly storage: Storage
  plansOf(work: () => Promise<unknown>): Promise<string>
  close(): Promise<void>
}

async function inSqlite(): Promise<Explained> {
  const texts: string[] = []
  class Recording extends BetterSqlite {
    override prepare(text: string) {
      texts.push(text)
      return super.prepare(text)
    }
  }
  const file = join(folder, 'rota.db')
  const storage = sqlite({ file, driver: Recording })
  await storage.migrate()
  return {
    storage,
    async plansOf(work) {
      texts.length = 0
      await work()
      const db = new BetterSqlite(file)
      const looks = texts.filter((text) => text.startsWith('select'))
      const plans = looks.flatMap((text) => {
        const values = Array(text.split('?').length - 1).fill('1')
        return db.prepare(`explain query plan ${text}`).all(...values) as { detail: string }[]
      })
      db.close()
      return plans.map(({ detail }) => detail).join('\n')
    },
    close: () => storage.close(),
  }
}

async function inPostgres(): Promise<Explained> {
  const plans: string[] = []
  const pool = new pg.Pool({ connectionString: server.url, max: 4 })
  /** Explained where it runs: with the settings of its transaction. */
  const explaining = <T extends Pick<PostgresPool, 'query'>>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value = Reflect.get(target, key)
        if (key !== 'query') return typeof value === 'function' ? value.bind(target) : value
        return async (one: PostgresQuery) => {
          if (one.text.startsWith('select')) {
            const { rows } = await target.query({ text: `explain ${one.text}`, values: one.values ?? [] })
            plans.push(...rows.map((row) => String(row['QUERY PLAN'])))
          }
          return target.query(one)
        }
      },
    })
  const connect = async () => explaining((await pool.connect()) as unknown as PostgresClient)
  const explained = new Proxy(explaining(pool as unknown as PostgresPool), {
    get: (target, key) => (key === 'connect' ? connect : Reflect.get(target, key)),
  })
  const storage = postgres({ pool: explained, schema: 'plans' })
  await storage.migrate()
  return {
    storage,
    async plansOf(work) {
      plans.length = 0
      await work()
      return plans.join('\n')
    },
    async close() {
      await storage.close()
      await pool.end()
    },
  }
}

const both = [
  ['SQLite', inSqlite],
  ['PostgreSQL', inPostgres],
] as const

test.each(both)('%s: schedules by what is due next are found as those that are due', async (_, open) => {
  const { storage, plansOf, close } = await open()
  await storage.saveSchedules(Array.from({ length: 300 }, (_, i) => aSchedule(`s${i}`, Date.now() + i * 1_000)))
  const query: ScheduleQuery = { ids: null, jobs: null, states: ['active'], origin: null, after: null, limit: 10 }
  const plan = await plansOf(() => storage.schedules({ ...query, order: 'next' }))
  expect(plan).toMatch(/(?:SEARCH schedules|SCAN schedules|Index Scan) using (?:index )?schedules_due/i)
  expect(plan).not.toMatch(/temp b-tree|sort|seq scan/i)
  const lost = await plansOf(() => storage.newestSkips({ reasons: ['missed'], since: 0, limit: 10 }))
  expect(lost).toMatch(/schedule_skips_by_age/)
  expect(lost).not.toMatch(/seq scan|scan schedule_skips$/im)
  await close()
})
