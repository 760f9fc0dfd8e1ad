/** Connections that break when PostgreSQL has committed outcomes and before the worker hears of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { createRota, defineJob, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { startProxy } from '../support/proxy.ts'
import type { Place } from './places.ts'
import { type Report, Violations } from './report.ts'

const backlog = 200

export async function cutSettle(place: Place, { cuts }: { cuts: number }): Promise<Report> {
  const made = { ends: 0, returns: 0 }
  let spared = true
  const proxy = await startProxy(place.url, {
    // Outcomes that all are plain ends go with one statement, any others in a transaction.
    cut(statement) {
      const kind = /insert into "\w+"\.finished_jobs/.test(statement)
        ? 'ends'
        : statement === 'commit'
          ? 'returns'
          : null
      if (kind === null || made.ends + made.returns >= cuts) return false
      spared = !spared // every second one, so that the worker gets on
      if (!spared) made[kind]++
      return !spared
    },
  })
  const runs = new Map<number, number>()
  const note = defineJob({
    id: 'note',
    input: type<number>(),
    backoff: { type: 'fixed', delay: 5 },
    run: (n, ctx) => {
      const times = (runs.get(n) ?? 0) + 1
      runs.set(n, times)
      if (n % 20 === 0 && ctx.attempt === 1) throw new Error('the first try of some fails')
      if (n % 20 === 1 && times === 1) return ctx.snooze(5)
    },
  })
  const violations = new Violations()
  const worker = createRota({ storage: proxy.url, migrate: false, jobs: [note], lanes: { default: 5 }, poll: '50ms' })
  const rota = createRota({ storage: place.url, migrate: false })
  worker.on('job:lease_lost', ({ id }) => violations.add(`job ${id} was reported as lost`))
  try {
    await worker.start()
    let n = 0
    while (made.ends + made.returns < cuts) {
      if ((await place.live()) < backlog)
        await rota.enqueueMany(
          note,
          Array.from({ length: 50 }, () => n++),
        )
      else await pause(5)
    }
    await until('all jobs are over', async () => (await place.live()) === 0, 60_000)
    const { finished } = await rota.jobs.stats()
    violations.equal('succeeded', finished.succeeded, n)
    violations.equal('jobs that ran', runs.size, n)
    for (const [job, times] of runs) {
      const wanted = job % 20 < 2 ? 2 : 1
      if (times !== wanted) violations.add(`job ${job} ran ${times} times instead of ${wanted}`)
    }
    const counts = { 'answers cut': cuts, 'of ends': made.ends, 'of retries and snoozes': made.returns, jobs: n }
    return { scenario: 'cut', on: 'PostgreSQL, outcomes', counts, violations: violations.list() }
  } finally {
    await worker.stop({ grace: 0 })
    await rota.stop()
    await proxy.close()
  }
}
