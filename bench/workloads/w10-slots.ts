import { atLeast, drain, figure, inTurns, of, takesPart, type Workload } from '../bench.ts'
import { bullmq, graphileWorker, rota } from '../sides/index.ts'

const concurrency = 100
const handlerMs = 10

export const w10: Workload = {
  id: 'W10',
  title: 'Slots kept busy',
  about:
    '50 000 jobs that take 10 ms each, drained by one worker process with 100 slots: the share of the slots in which a handler ran, by the time that the handlers took themselves, from the first start to the last end. 10 000 jobs/s would be all there is.',
  async run(bench) {
    const jobs = bench.quick ? 20_000 : 50_000
    const sides = [rota, graphileWorker, bullmq].filter(takesPart(bench))
    const measured = await inTurns(bench, sides, (side) =>
      drain(bench, side, { jobs, workers: 1, concurrency, handlerMs }),
    )
    const busy = figure('slots busy', '%', 'more', measured, (run) => run.busy)
    const rate = figure('jobs per second', 'jobs/s', 'more', measured, (run) => run.perSecond)
    return { figures: [busy, rate], checks: [atLeast('rota: % of the slots busy', of(busy, rota), 98)] }
  },
}
