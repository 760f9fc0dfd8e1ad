import { atMost, figure, inTurns, of, paced, takesPart, type Workload } from '../bench.ts'
import { allSides, bullmq, byHand, graphileWorker, pgBoss, rota, rotaWithoutHistory } from '../sides/index.ts'
import type { Side } from '../sides/side.ts'

/** They fall behind and further behind, so there is nothing to see later. */
const saturated: readonly Side[] = [graphileWorker, pgBoss]

export const w4: Workload = {
  id: 'W4',
  title: '2 000 single enqueues a second',
  about:
    'One process stores 2 000 jobs a second, each by a call of its own, for 20 s, while a worker runs them (graphile-worker and pg-boss, which cannot keep up, for 5 s). From the call to the start of the handler; CPU in per cent of one core.',
  async run(bench) {
    const seconds = bench.quick ? 4 : 20
    const sides = [...allSides.filter((side) => side !== rotaWithoutHistory), byHand].filter(takesPart(bench))
    const measured = await inTurns(bench, sides, (side) =>
      paced(bench, side, { perSecond: 2_000, count: 2_000 * (saturated.includes(side) ? 5 : seconds), warm: 2_000 }),
    )
    const p50 = figure('p50', 'ms', 'less', measured, (one) => one.p50)
    const p99 = figure('p99', 'ms', 'less', measured, (one) => one.p99)
    return {
      figures: [
        p50,
        p99,
        figure('CPU of who enqueues', '%', 'less', measured, (one) => one.producerCpu),
        figure('CPU of the worker', '%', 'less', measured, (one) => one.workerCpu),
        figure('CPU of the server', '%', 'less', measured, (one) => one.serverCpu || undefined),
      ],
      checks: [
        atMost('p50: rota / BullMQ on Redis', of(p50, rota) / of(p50, bullmq), 1.7),
        atMost('p99: rota / BullMQ on Redis', of(p99, rota) / of(p99, bullmq), 1),
      ],
    }
  },
}
