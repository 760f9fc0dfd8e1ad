/** What screens show beside jobs: skips of schedules, the audit log, tries and log lines of a failed job, counts for charts. */
import { type Counter, counterOf, newTally, tallyText } from '../../src/engine/counters.ts'
import { recordTime } from '../../src/engine/histogram.ts'
import type { Rota } from '../../src/index.ts'
import type { CounterRow } from '../../src/storage/contract.ts'
import type { Dialect } from '../seed/dialect.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const lanes = ['default', 'mail', 'reports', 'sync']

/** 20 of each of 1 000 schedules. */
export async function insertSkips(sql: Dialect): Promise<void> {
  const at = `(${Date.now()} - (i / 1000) * ${3 * hour} - i % 1000)`
  await sql.run(`insert into ${sql.table('schedule_skips')} (schedule, slot, from_slot, count, at, reason, message)
    select 'schedule-' || (i % 1000), ${at}, ${at}, 1, ${at}, case i % 3 when 0 then 'missed' when 1 then 'overlap' else 'no_worker' end, null
    from ${sql.numbers(0, 19_999)}`)
}

export async function insertAudit(sql: Dialect): Promise<void> {
  await sql.run(`insert into ${sql.table('audit')} (at, actor_kind, actor_id, actor_name, address, action, target, outcome, before, after)
    select ${Date.now() - 30 * day} + i * 50000, 'user', 'u' || (i % 9), 'user' || (i % 9) || '@example.com', '10.0.0.1',
      case i % 3 when 0 then 'schedules.put' when 1 then 'jobs.cancel' else 'lanes.pause' end,
      case i % 3 when 0 then 'schedule:schedule-' || (i % 1000) when 1 then 'job:' || i else 'lane:mail' end, 'done',
      '{"state":"active"}', '{"state":"paused","reason":"the bank is closed"}'
    from ${sql.numbers(0, 49_999)}`)
}

/** Three tries and 1 000 log lines of the newest failed jobs of one definition. */
export async function insertTries(sql: Dialect): Promise<void> {
  const job = `(select id, created_at from ${sql.table('finished_jobs')} where state = 5 and job = 'job-7' order by id desc limit 5) job`
  const nobody = sql.uuid(`'00000000000070008000000000000001'`)
  await sql.run(`insert into ${sql.table('attempts')} (job_id, fence, attempt, worker, started_at, ended_at, state, reason, error)
    select job.id, i, i, ${nobody}, job.created_at + i, job.created_at + i + 1, 5, null, ${sql.json(`'{"name":"Error","message":"the service said no"}'`)}
    from ${job}, ${sql.numbers(1, 3)}`)
  await sql.run(`insert into ${sql.table('logs')} (job_id, fence, seq, attempt, at, level, message, data)
    select job.id, 1, i, 1, job.created_at + i, i % 4, 'line ' || i || ' of what it has to say', ${sql.json(`'{"n":1}'`)}
    from ${job}, ${sql.numbers(1, 1_000)}`)
}

/** 48 hours of minutes and 30 days of hours, four lanes and 20 definitions in each. */
export async function storeCounts(rota: Rota): Promise<void> {
  const { storage } = await rota.cluster('default').connection.open()
  const now = Date.now()
  const rows = (span: CounterRow['span'], length: number, from: number) =>
    Array.from({ length: Math.floor(from / length) }, (_, n): CounterRow => {
      const at = Math.floor((now - n * length) / length) * length
      return { span, at, worker: '', data: textOf(n, length / minute) }
    })
  const all = [...rows('minute', minute, 48 * hour), ...rows('hour', hour, 30 * day).slice(1)]
  for (let n = 0; n < all.length; n += 200) await storage.count(all.slice(n, n + 200))
}

function textOf(n: number, minutes: number): string {
  const tally = newTally()
  for (let job = 0; job < 20; job++) {
    const lane = lanes[job % lanes.length] as string
    record(counterOf(tally, lane, `job-${job}`), n + job, minutes)
  }
  tally.depth = new Map(
    lanes.map((lane, i) => [lane, { waiting: 100 + ((n * 7 + i) % 90), running: n % 20, scheduled: 50 }]),
  )
  return tallyText(tally)
}

/** About 500 jobs a minute in all, one in a hundred fails. */
function record(counter: Counter, n: number, minutes: number): void {
  const jobs = (20 + (n % 11)) * minutes
  counter.succeeded = jobs
  counter.failed = Math.ceil(jobs / 100)
  for (let i = 0; i < 30; i++) {
    recordTime(counter.wait, (i * i * (1 + (n % 5))) % 4_000)
    recordTime(counter.run, 20 + ((i * i * i * (1 + (n % 7))) % 20_000))
  }
}
