/** PostgreSQL goes down without a word and comes back, while two workers and an enqueuer go on. */
import { setTimeout as pause } from 'node:timers/promises'
import { createRota, type Rota } from '../../src/index.ts'
import { isRotaError } from '../../src/job/errors.ts'
import { until } from '../support/condition.ts'
import type { RestartMode, RunningPostgres } from '../support/postgres.ts'
import { unexplained } from './ledger.ts'
import type { Place } from './places.ts'
import { Fleet } from './processes.ts'
import { percentile, type Report, Violations } from './report.ts'
import { note, type WorkerOptions } from './worker.ts'

const modes: readonly RestartMode[] = ['immediate', 'kill']
const callers = 6
/** Jobs that are enqueued and ended between two restarts, at least. */
const progress = 200

export async function restart(
  place: Place,
  server: RunningPostgres,
  { restarts }: { restarts: number },
): Promise<Report> {
  await using fleet = new Fleet(place.folder)
  const rota = createRota({ storage: place.url, migrate: false })
  const violations = new Violations()
  // Longer than the server is away, so that no lease ends and nothing has a reason to run twice.
  const options: WorkerOptions = { storage: place.url, concurrency: 4, lease: '20s', takes: 10 }
  const workers = [fleet.start('worker.ts', options), fleet.start('worker.ts', options)]
  const ended = () => workers.map((worker) => worker.runs().filter((run) => run.ended).length)
  const enqueuer = new Enqueuer(rota)
  const away: number[] = []
  const idle: number[] = []
  try {
    await Promise.all(workers.map((worker) => worker.go()))
    enqueuer.start()
    for (let i = 0; i < restarts; i++) {
      const goOn = async () => {
        const [stored, before] = [enqueuer.acknowledged.size, ended()]
        await until('the enqueuer goes on', () => enqueuer.acknowledged.size > stored + progress, 30_000)
        await until('both workers go on', () => ended().every((now, w) => now > (before[w] as number) + 20), 30_000)
      }
      await goOn()
      const before = performance.now()
      await server.restart(modes[i % modes.length] as RestartMode)
      const back = performance.now()
      await goOn()
      away.push(back - before)
      idle.push(performance.now() - back)
    }
    await enqueuer.stop()
    await until('all jobs are over', async () => (await place.live()) === 0, 60_000)
    for (const worker of workers) violations.equal(`exit code of ${worker.name}`, await worker.end(), 0)

    const runs = fleet.runs()
    const ran = new Set(runs.filter((run) => run.ended).map((run) => run.n))
    const { finished } = await rota.jobs.stats()
    violations.equal('succeeded', finished.succeeded, ran.size)
    violations.equal('failed', finished.failed, 0)
    for (const n of enqueuer.acknowledged) if (!ran.has(n)) violations.add(`job ${n} was acknowledged and never ran`)
    for (const fault of unexplained(runs, new Set())) violations.add(fault)
    for (const error of enqueuer.surprises) violations.add(error)
    const counts = {
      restarts,
      'longest away': `${percentile(away, 1).toFixed(0)} ms`,
      'all at work again after': `${percentile(idle, 1).toFixed(0)} ms`,
      acknowledged: enqueuer.acknowledged.size,
      refused: enqueuer.refused,
      'extra runs': runs.length - ran.size,
    }
    return { scenario: 'restart', on: place.name, counts, violations: violations.list() }
  } finally {
    await enqueuer.stop()
    await rota.stop()
  }
}

class Enqueuer {
  readonly #rota: Rota
  #stopped = false
  #callers: Promise<void>[] = []
  #next = 0
  readonly acknowledged = new Set<number>()
  refused = 0
  /** What an enqueue may not say while the database is away. */
  readonly surprises: string[] = []

  constructor(rota: Rota) {
    this.#rota = rota
  }

  start(): void {
    this.#callers = Array.from({ length: callers }, () => this.#call())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#callers)
  }

  async #call(): Promise<void> {
    while (!this.#stopped) {
      const n = this.#next++
      await this.#rota.enqueue(note, { n }).then(
        () => this.acknowledged.add(n),
        (error) => {
          this.refused++
          if (!isRotaError(error, 'storage_unreachable')) this.surprises.push(String(error))
        },
      )
      await pause(8)
    }
  }
}
