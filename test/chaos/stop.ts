/** SIGTERM to a worker in the midst of a hundred jobs of five seconds, half of which take no notice of their signal. */
import { createRota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { unexplained } from './ledger.ts'
import type { Place } from './places.ts'
import { Fleet } from './processes.ts'
import { percentile, type Report, Violations } from './report.ts'
import { note, type WorkerOptions } from './worker.ts'

const running = 100
const waiting = 50
const grace = 1_000

export async function stop(place: Place, { stops }: { stops: number }): Promise<Report> {
  await using fleet = new Fleet(place.folder)
  const rota = createRota({ storage: place.url })
  const violations = new Violations()
  const took: number[] = []
  const stopped = new Set<string>()
  const options: WorkerOptions = { storage: place.url, concurrency: running, lease: '30s', takes: 5_000, grace: '1s' }
  try {
    for (let i = 0; i < stops; i++) {
      const [first, other] = [fleet.start('worker.ts', options), fleet.start('worker.ts', { ...options, takes: 20 })]
      const from = i * (running + waiting)
      const jobs = await rota.enqueueMany(
        note,
        Array.from({ length: running + waiting }, (_, k) => ({ n: from + k, deaf: k % 2 === 0 })),
      )
      await first.go()
      await until('a hundred jobs run', () => first.runs().length === running)
      const before = performance.now()
      violations.equal('exit code', await first.end(), 0)
      stopped.add(first.name)
      took.push(performance.now() - before)

      const back = await Promise.all(jobs.map(({ id }) => rota.job(id)))
      const asNew = back.filter((job) => job?.state === 'ready' && job.attempt === 0 && job.lapses === 0)
      violations.equal('jobs given back, no attempt used', asNew.length, jobs.length)
      await other.go()
      await until('another worker ended them', async () => (await place.live()) === 0)
      violations.equal('exit code of the other', await other.end(), 0)
      const ended = await Promise.all(jobs.map(({ id }) => rota.job(id)))
      const atFirst = ended.filter((job) => job?.state === 'succeeded' && job.attempt === 1)
      violations.equal('succeeded at their first attempt', atFirst.length, jobs.length)
      violations.equal('started by the stopped one', first.runs().length, running)
      violations.equal('run by the other', other.runs().filter((run) => run.ended).length, jobs.length)
    }
    for (const fault of unexplained(fleet.runs(), stopped)) violations.add(fault)
    for (const ms of took) if (ms > grace + 2_000) violations.add(`a stop took ${ms.toFixed(0)} ms`)
    for (const child of fleet.children) if (child.errors) violations.add(`${child.name}: ${child.errors}`)
    const counts = {
      stops,
      'given back': stops * (running + waiting),
      'longest stop': `${percentile(took, 1).toFixed(0)} ms`,
    }
    return { scenario: 'stop', on: place.name, counts, violations: violations.list() }
  } finally {
    await rota.stop()
  }
}
