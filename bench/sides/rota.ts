/** Rota, as the README has it, with 100 slots. */
import { rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { Storage } from '../../src/index.ts'
import { suspectAfter } from '../../src/job/states.ts'
import { codeOf } from '../../src/storage/sql/codes.ts'
import { onPostgres } from './postgres.ts'
import { type Payload, payloads, type Side, type WorkOptions } from './side.ts'

/** Built, as it is installed: reading the source costs each worker thread 60 ms more. */
const built = (file: string) => import(new URL(`../../dist/${file}`, import.meta.url).href)
const { createRota, defineJob, type } = (await built('index.js')) as typeof import('../../src/index.ts')
const { postgres } = (await built('storage/postgres/index.js')) as typeof import('../../src/storage/postgres/index.ts')

const slots = 100
/** Of one process with many workers: each listens over one of them. */
const sharedConnections = 150
const ranks = ['critical', 'high', 'medium', 'low', 'veryLow'] as const

interface Kind {
  readonly name: string
  readonly store: 'postgres' | 'sqlite'
  readonly settings: string
  readonly kept: boolean
}

export const rota = rotaSide({
  name: 'rota',
  store: 'postgres',
  settings: 'lane default with 100 slots; every job stays in the history for 7 days (the default)',
  kept: true,
})

export const rotaWithoutHistory = rotaSide({
  name: 'rota, nothing kept',
  store: 'postgres',
  settings: "the same with retention: 'none'",
  kept: false,
})

export const rotaOnSqlite = rotaSide({
  name: 'rota on SQLite',
  store: 'sqlite',
  settings: 'the same on embedded SQLite, synchronous=FULL, history kept',
  kept: true,
})

function rotaSide({ name, store, settings, kept }: Kind): Side {
  const retention = kept ? {} : ({ retention: 'none' } as const)
  const open = (storage: string | Storage, options?: WorkOptions) => {
    const run = (payload: Payload): undefined | Promise<void> => options?.run(payload)
    const noop = defineJob({ id: 'noop', input: type<Payload>(), ...retention, run })
    const lanes = Object.fromEntries(laneNames(options?.lanes).map((lane) => [lane, options?.concurrency ?? slots]))
    return { noop, rota: createRota({ storage, jobs: [noop], lanes }) }
  }
  return {
    name,
    package: 'rota',
    settings,
    store,
    concurrency: slots,
    async reset(url) {
      if (store === 'postgres') await onPostgres(url, 'drop schema if exists rota cascade')
      else for (const end of ['', '-wal', '-shm']) await rm(fileOf(url) + end, { force: true })
      const { rota } = open(url)
      await rota.migrations.up()
      await rota.stop()
    },
    async produce(url) {
      const { rota, noop } = open(url)
      await rota.jobs.list({ limit: 1 })
      return {
        async bulk(count, { delay = 0, lanes } = {}) {
          const options = delay > 0 ? { in: delay } : {}
          if (lanes === undefined) return void (await rota.enqueueMany(noop, payloads(count), options))
          const kinds = mixed(lanes)
          for (let n = 0; n * mixedRun < count; n++)
            await rota.enqueueMany(noop, payloads(Math.min(mixedRun, count - n * mixedRun)), {
              ...options,
              ...kinds[n % kinds.length],
            })
        },
        one: async (payload) => void (await rota.enqueue(noop, payload)),
        close: () => rota.stop(),
      }
    },
    async work(url, options) {
      const { workers = 1 } = options
      const pool = workers > 1 ? new pg.Pool({ connectionString: url, max: sharedConnections }) : null
      const storage = () => (pool === null ? url : postgres({ pool }))
      const working = Array.from({ length: workers }, () => open(storage(), options).rota)
      await Promise.all(working.map((rota) => rota.start()))
      return async () => {
        await Promise.all(working.map((rota) => rota.stop()))
        await pool?.end()
      }
    },
    async left(url) {
      if (store === 'postgres') return Number((await onPostgres(url, someDue('rota.jobs')))[0]?.n)
      const db = new DatabaseSync(fileOf(url))
      const { n } = db.prepare(someDue('jobs')).get() as { n: number }
      db.close()
      return n
    },
  }
}

/** What is ready or runs, found by the claim index; what is scheduled for later does not count. */
const someDue = (jobs: string) =>
  `select count(*) as n from ${jobs} where stage = ${codeOf('ready')} and lapses < ${suspectAfter}`

const laneNames = (lanes: number | undefined) =>
  lanes === undefined ? ['default'] : Array.from({ length: lanes }, (_, n) => `lane-${n}`)

/** So many of a kind are stored after each other, then as many of the next. */
const mixedRun = 100

/** Every lane with every priority. */
const mixed = (lanes: number) => laneNames(lanes).flatMap((lane) => ranks.map((priority) => ({ lane, priority })))

const fileOf = (url: string) => url.slice('sqlite:'.length)
