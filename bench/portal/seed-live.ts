/** Jobs that are not over: in a thousand one runs, ten are blocked, 400 are scheduled, the rest is ready in lanes that nobody serves. */
import type { Dialect } from '../seed/dialect.ts'
import { idDigits, inputOf, laneOf } from '../seed/history.ts'
import { step, stored } from './jobs.ts'

const batch = 100_000
const day = 86_400_000
const workers = 40
const lanes = ['default', 'mail', 'reports', 'sync', 'rare']
const codes = { blocked: 0, scheduled: 1, ready: 2 }

const workerId = (sql: Dialect, number: string): string =>
  sql.uuid(`('00000000' || '0000' || '7000' || '8' || ${sql.hex(number, 15)})`)

/** Workers of other machines: their leases run for a year, so nobody takes from them what they hold. */
export async function insertWorkers(sql: Dialect): Promise<void> {
  const now = Date.now()
  const served = JSON.stringify(lanes.map((name) => ({ name, concurrency: 5 })))
  const known = JSON.stringify([...stored, step].map(({ id }) => id))
  await sql.run(`insert into ${sql.table('workers')} (id, name, lanes, jobs, started_at, seen_at, lease_until, dead, sweep_at)
    select ${workerId(sql, 'i')}, 'machine-' || i, '${served}', '${known}', ${now - day}, ${now}, ${now + 365 * day}, 0, 0
    from ${sql.numbers(0, workers - 1)}`)
}

export async function insertLive(sql: Dialect, jobs: number): Promise<void> {
  const now = Date.now()
  const start = now - 7 * day
  const at = `(${start} + ${sql.whole(`i * ${(7 * day) / jobs}`)})`
  const [runs, blocked, scheduled] = ['i % 1000 = 0', 'i % 100 = 1', 'i % 10 in (4, 5, 6, 7)']
  // Numbers of the history begin at 0, too: those of live jobs go before them by an own half of the digits.
  const id = (n: string) =>
    sql.uuid(idDigits(sql, `(${start} + ${sql.whole(`(${n}) * ${(7 * day) / jobs}`)})`, `1000000000000 + ${n}`))
  const columns = {
    id: id('i'),
    job: `'job-' || (i % 20)`,
    lane: laneOf,
    priority: `case when ${runs} then 0 else i % 5 end`,
    run_at: `case when ${runs} then ${start - day} + i / 1000 when ${scheduled} then ${now + 600_000} + ${sql.whole(`i * ${(30 * day) / jobs}`)} else ${at} end`,
    created_at: at,
    worker: `case when ${runs} then ${workerId(sql, `(i / 1000) % ${workers}`)} end`,
    claimed_at: `case when ${runs} then ${now - 60_000} end`,
    fence: `case when ${runs} then 1 else 0 end`,
    attempt: `case when ${runs} then 1 else 0 end`,
    max_attempts: '4',
    timeout: String(30 * day),
    keep_succeeded: String(7 * day),
    keep_failed: String(30 * day),
    stage: `case when ${blocked} then ${codes.blocked} when ${scheduled} then ${codes.scheduled} else ${codes.ready} end`,
    blockers: `case when ${blocked} then 1 else 0 end`,
    input: sql.json(inputOf),
  }
  const [names, values] = [Object.keys(columns).join(', '), Object.values(columns).join(', ')]
  for (let n = 0; n < jobs; n += batch) {
    const numbers = sql.numbers(n, Math.min(n + batch, jobs) - 1)
    await sql.run(`insert into ${sql.table('jobs')} (${names}) select ${values} from ${numbers}`)
  }
  await sql.run(`insert into ${sql.table('edges')} (parent, child, on_fail, open)
    select ${id('i + 1')}, ${id('i')}, 0, 1 from ${sql.numbers(0, jobs - 2)} where ${blocked}`)
}
