/** Fills a store: what waits, what is over, schedules, flows, counts for charts, the audit log. */
import { createRota, type Rota } from '../../src/index.ts'
import { type History, insertHistory, labelHistory, partitionHistory } from '../seed/history.ts'
import { step, stored } from './jobs.ts'
import { insertAudit, insertSkips, insertTries, storeCounts } from './seed-beside.ts'
import { storeFlows } from './seed-flows.ts'
import { insertLive, insertWorkers } from './seed-live.ts'
import type { Store } from './store.ts'

export interface Sizes {
  readonly live: number
  readonly history: number
}

/** Ids that screens are asked for. */
export interface Seeded {
  readonly flow: string
  readonly job: string
  readonly schedule: string
}

const day = 86_400_000
export const scheduleCount = 1_000

export async function seed(store: Pick<Store, 'database' | 'storage' | 'dialect'>, sizes: Sizes): Promise<Seeded> {
  const { database, storage } = store
  const rota = createRota({ storage, jobs: [...stored, step], lanes: { done: 50 } })
  const began = performance.now()
  const say = (what: string) =>
    console.error(`${database}: ${what}, ${((performance.now() - began) / 1_000).toFixed(0)} s`)
  await rota.jobs.list()
  const flow = await storeFlows(rota)
  await storeSchedules(rota)
  await storeCounts(rota)
  say('flows, schedules and counts')
  await rota.stop()

  const span = 7 * day
  const history: History = {
    jobs: sizes.history,
    start: Date.now() - span,
    span,
    keep: { succeeded: 30 * day, failed: 30 * day },
    more: { schedule: `case when i % 50 = 0 then 'schedule-' || ((i / 50) % ${scheduleCount}) end` },
  }
  if (database === 'postgres') await partitionHistory(storage, history)
  const sql = await store.dialect()
  try {
    await insertHistory(sql, history)
    if (database === 'sqlite') await labelHistory(sql)
    say('history')
    await insertWorkers(sql)
    await insertLive(sql, sizes.live)
    say('live jobs')
    await insertSkips(sql)
    await insertAudit(sql)
    await insertTries(sql)
    await sql.run(database === 'sqlite' ? 'analyze' : 'vacuum analyze')
  } finally {
    await sql.close()
  }
  say('all')
  const job = await newestFailed(storage)
  return { flow, job, schedule: 'schedule-7' }
}

async function storeSchedules(rota: Rota): Promise<void> {
  const whens = [
    { cron: '*/5 * * * *' },
    { cron: '30 2 * * *' },
    { every: '15m' },
    { natural: 'every weekday at 9:00' },
    { cron: '0 * * * *' },
  ]
  for (let n = 0; n < scheduleCount; n++) {
    const job = stored[n % stored.length]
    const when = whens[n % whens.length]
    if (job !== undefined && when !== undefined)
      await rota.schedules.put({ id: `schedule-${n}`, job, when, description: `What is to be done again, ${n}.` })
  }
}

/** With its tries and log lines, as `insertTries` gives them. */
async function newestFailed(storage: string): Promise<string> {
  const rota = createRota({ storage })
  const { jobs } = await rota.jobs.list({ filter: 'state:failed job:job-7', limit: 1 })
  await rota.stop()
  return String(jobs[0]?.id)
}
