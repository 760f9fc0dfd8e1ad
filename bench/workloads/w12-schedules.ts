import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { atMost, type Bench, figure, of, pause, percentile, type Workload } from '../bench.ts'
import { rota, rotaOnSqlite } from '../sides/index.ts'
import { onPostgres } from '../sides/postgres.ts'

interface Told {
  readonly lates: readonly number[]
}

interface Burst {
  /** Milliseconds from the instant to the last job that was stored. */
  readonly took: number
  readonly latencies: readonly number[]
}

export const w12: Workload = {
  id: 'W12',
  title: 'Schedules',
  about:
    '100 000 schedules that are due at one instant, among a million, fired by one process, while another one enqueues a job of another lane each 20 ms and works on them: the time until the last job is stored, and the latency in that lane meanwhile. Then an every-second schedule in a process that has nothing else to do, for 5 minutes on each storage: how late its handler starts.',
  async run(bench) {
    const bursts: Burst[] = []
    for (let run = 0; run < bench.runs; run++) bursts.push(await burst(bench, run))
    const seconds = bench.quick ? 20 : 300
    bench.step(`an every-second schedule for ${seconds} s on PostgreSQL`)
    const onServer = await punctual(bench.servers.postgres.url, seconds)
    bench.step(`an every-second schedule for ${seconds} s on SQLite`)
    const onFile = await punctual(`sqlite:${join(bench.servers.folder, 'punctual.db')}`, seconds)

    const burstOf = new Map([[rota.name, bursts]])
    const lates = new Map([
      [rota.name, [onServer]],
      [rotaOnSqlite.name, [onFile]],
    ])
    const all = figure('100 000 schedules at one instant: all fired after', 'ms', 'less', burstOf, (one) => one.took)
    const p99 = figure('meanwhile, latency in another lane, p99', 'ms', 'less', burstOf, ({ latencies }) =>
      percentile(latencies, 0.99),
    )
    const late = (name: string, share: number) =>
      figure(`every second: start after the slot, ${name}`, 'ms', 'less', lates, (list) => percentile(list, share))
    const latest = late('p99', 0.99)
    return {
      figures: [all, p99, late('p50', 0.5), latest, late('at most', 1)],
      checks: [
        atMost('100 000 schedules at one instant: ms', of(all, rota), 5_000),
        atMost('meanwhile, latency in another lane, p99: ms', of(p99, rota), 100),
        atMost('every second on PostgreSQL, p99: ms', of(latest, rota), 100),
        atMost('every second on SQLite, p99: ms', of(latest, rotaOnSqlite), 100),
      ],
    }
  },
}

const due = 100_000

async function burst(bench: Bench, run: number): Promise<Burst> {
  const { url } = bench.servers.postgres
  const stored = bench.quick ? 200_000 : 1_000_000
  bench.step(`run ${run + 1} of ${bench.runs}: storing ${stored} schedules`)
  await onPostgres(url, 'drop schema if exists rota cascade')
  const migrating = new Child('probe', url, 0)
  await migrating.told
  const at = Date.now() + (bench.quick ? 15_000 : 60_000)
  await onPostgres(
    url,
    `insert into rota.schedules (id, job, state, origin, rule, serial, start_at, next_at, created_at, updated_at)
     select 'schedule-' || n, 'slot', 'active', 'api', '{"when":{"cron":"0 3 1 1 *"}}', 0, 0,
       ${at} + case when n <= ${due} then 0 else 86400000 end, 0, 0
     from generate_series(1, ${stored}) n order by md5(n::text)`,
  )
  await onPostgres(url, 'vacuum analyze rota.schedules')
  bench.step(`run ${run + 1} of ${bench.runs}: ${due} are due at one instant`)
  const fire = new Child('fire', url, 600)
  await fire.ready
  await pause(at - Date.now() - 200)
  const probe = new Child('probe', url, 600)
  await probe.ready
  const count = async () =>
    Number((await onPostgres(url, 'select count(*) as jobs from rota.jobs where schedule is not null'))[0]?.jobs)
  while ((await count()) < due) await pause(250)
  const { lates: latencies } = await probe.end()
  await fire.end()
  const [last] = await onPostgres(
    url,
    `select max(created_at) as at, count(distinct schedule) as schedules, count(*) as jobs from rota.jobs where schedule is not null`,
  )
  if (Number(last?.jobs) !== due || Number(last?.schedules) !== due) throw new Error(`fired ${JSON.stringify(last)}`)
  return { took: Number(last?.at) - at, latencies }
}

async function punctual(storage: string, seconds: number): Promise<readonly number[]> {
  if (storage.startsWith('postgres')) await onPostgres(storage, 'drop schema if exists rota cascade')
  const child = new Child('punctual', storage, seconds)
  const { lates } = await child.told
  if (lates.length < seconds - 2) throw new Error(`only ${lates.length} of ${seconds} slots ran`)
  return lates.slice(1) // the first one comes while the process starts
}

class Child {
  readonly #process: ChildProcess
  readonly ready: Promise<void>
  readonly told: Promise<Told>

  constructor(mode: 'fire' | 'probe' | 'punctual', storage: string, seconds: number) {
    const file = join(import.meta.dirname, '../schedules-child.ts')
    this.#process = spawn(process.execPath, [file, mode, storage, String(seconds)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ready = Promise.withResolvers<void>()
    const told = Promise.withResolvers<Told>()
    this.ready = ready.promise
    this.told = told.promise
    told.promise.catch(() => {})
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line === 'ready') ready.resolve()
      else if (line.startsWith('{')) told.resolve(JSON.parse(line))
    })
    this.#process.once('exit', (code) => {
      const ended = new Error(`a process of W12 ended with ${code}`)
      ready.reject(ended)
      told.reject(ended)
    })
  }

  end(): Promise<Told> {
    this.#process.stdin?.write('end\n')
    return this.told
  }
}
