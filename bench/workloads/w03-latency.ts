import { atMost, figure, inTurns, of, paced, takesPart, type Workload } from '../bench.ts'
import { allSides, bullmq, byHand, rota, rotaWithoutHistory } from '../sides/index.ts'
import type { Side } from '../sides/side.ts'

export const w3: Workload = {
  id: 'W3',
  title: 'Idle latency',
  about:
    'One job each 20 ms, from the call that stores it in one process to the start of its handler in another. The worker has nothing else to do. The floor is an insert with a NOTIFY and a claim by hand, each a durable commit.',
  async run(bench) {
    // Two are compared closely, of the others it is enough to see where they are.
    const countFor = (side: Side) => (bench.quick ? 150 : side === rota || side === bullmq ? 1_000 : 300)
    const sides = [...allSides.filter((side) => side !== rotaWithoutHistory), byHand].filter(takesPart(bench))
    const measured = await inTurns(bench, sides, (side) => paced(bench, side, { perSecond: 50, count: countFor(side) }))
    const p50 = figure('p50', 'ms', 'less', measured, (one) => one.p50)
    const p99 = figure('p99', 'ms', 'less', measured, (one) => one.p99)
    return {
      figures: [p50, p99],
      checks: [
        atMost('p50: rota / BullMQ on Redis, which does not fsync', of(p50, rota) / of(p50, bullmq), 1.4),
        atMost('p99: rota / BullMQ on Redis, which does not fsync', of(p99, rota) / of(p99, bullmq), 1.2),
        atMost('SQLite, another process: p50, ms', of(p50, 'rota on SQLite'), 10),
      ],
    }
  },
}
