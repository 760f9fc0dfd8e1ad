/** What cannot be seen by the contract: that an entry of the audit log is in the transaction of its change, and what is not written. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditBy, Storage } from '../../src/storage/contract.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { aJob } from '../support/job.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

let server: RunningPostgres
const folder = temporaryFolder('people')
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

type Row = Readonly<Record<string, unknown>>

/** The database as somebody beside Rota sees it. */
interface Outside {
  readonly storage: Storage
  run(text: string): Promise<readonly Row[]>
  /** Differs when anything was written to the table. */
  stateOf(table: string): Promise<unknown>
  close(): Promise<void>
}

async function inSqlite(name: string): Promise<Outside> {
  const file = join(folder, `${name}.db`)
  const storage = sqlite({ file })
  await storage.migrate()
  const db = new DatabaseSync(file)
  return {
    storage,
    run: async (text) => db.prepare(text).all(),
    stateOf: async () => db.prepare('pragma data_version').get(),
    async close() {
      db.close()
      await storage.close()
    },
  }
}

async function inPostgres(schema: string): Promise<Outside> {
  const storage = postgres({ url: server.url, schema })
  await storage.migrate()
  const client = new pg.Client(server.url)
  await client.connect()
  await client.query(`set search_path to ${schema}`)
  const run = async (text: string) => (await client.query(text)).rows as Row[]
  return {
    storage,
    run,
    stateOf: (table) => run(`select ctid, xmin, xmax from ${table} order by ctid`),
    async close() {
      await client.end()
      await storage.close()
    },
  }
}

const both = [
  ['SQLite', inSqlite],
  ['PostgreSQL', inPostgres],
] as const

const by: AuditBy = { actor: { kind: 'user', id: 'u', name: 'ada' }, address: null, action: 'test' }
const all = { actor: null, action: null, target: null, outcome: null, since: null, before: null, limit: 10 }
const anySchedule = { ids: null, jobs: null, states: null, origin: null, after: null, limit: 10 }
const schedule = {
  ...({ id: 'daily', job: 'note', state: 'active', origin: 'api', owner: null, reason: null, rule: '1' } as const),
  ...{ override: null, serial: false, start: 0, nextAt: 0, pausedFrom: null, version: null, skips: [] },
}

test.each(both)('%s: where no entry can be written, nothing is changed', async (_, open) => {
  const { storage, run, close } = await open('together')
  const job = aJob(null)
  await storage.insert([job])
  await storage.saveSchedules([schedule])
  const setting = { name: 'a', value: '1', updated_at: 1 }
  const audit = [{ ...by, target: 'setting:a', outcome: 'done' as const, before: null, after: null }]
  const one = [{ column: 'name', is: 'eq', value: 'b' }] as const
  await storage.accounts({ do: 'create', table: 'settings', row: { ...setting, name: 'b' } })
  await run('alter table audit rename to gone')
  const changes = [
    () => storage.edit([job.id], { kind: 'cancel', reason: 'x' }, by),
    () => storage.edit([job.id], { kind: 'delete' }, by),
    () => storage.pauseLane('default', 'x', by),
    () => storage.saveSchedules([{ ...schedule, version: 1, state: 'paused' }], by),
    () => storage.saveSchedules([{ ...schedule, id: 'other' }], by),
    () => storage.deleteSchedules(['daily'], by),
    () => storage.accounts({ do: 'create', table: 'settings', row: setting, audit }),
    () => storage.accounts({ do: 'update', table: 'settings', where: one, set: { value: '2' }, audit }),
    () => storage.accounts({ do: 'delete', table: 'settings', where: one, audit }),
  ]
  for (const change of changes) await expect(change()).rejects.toThrow()
  expect(await storage.get([job.id])).toMatchObject([{ state: 'ready' }])
  expect(await storage.lanes(10)).toMatchObject([{ name: 'default', paused: null }])
  expect((await storage.schedules(anySchedule)).schedules).toMatchObject([{ id: 'daily', state: 'active', version: 1 }])
  const settings = await storage.accounts({ do: 'find', table: 'settings', where: [] })
  expect(settings).toEqual([{ ...setting, name: 'b' }])
  await run('alter table gone rename to audit')
  expect(await storage.auditLog(all)).toEqual([])
  await close()
})

test.each(both)('%s: a manifest that stands there is not written again', async (_, open) => {
  const { storage, stateOf, close } = await open('manifests')
  const told = ['a', 'b', 'c'].map((job) => ({ job, manifest: '{"n":1}' }))
  await storage.publish(told)
  const before = await stateOf('manifests')
  await storage.publish(told)
  expect(await stateOf('manifests')).toEqual(before)
  await storage.publish([...told, { job: 'd', manifest: '{}' }])
  expect(await stateOf('manifests')).not.toEqual(before)
  await close()
})

test.each(both)('%s: where nobody says who asks, nothing of the audit log is touched', async (_, open) => {
  const { storage, run, close } = await open('quiet')
  const job = aJob(null)
  await storage.insert([job])
  await run('alter table audit rename to gone')
  await storage.edit([job.id], { kind: 'cancel', reason: 'x' })
  expect(await storage.pauseLane('default', 'x')).toBe(true)
  await storage.saveSchedules([schedule])
  expect(await storage.deleteSchedules(['daily'])).toEqual(['daily'])
  await close()
})
