import { atLeast, figure, inTurns, of, takesPart, type Workload, withProcesses } from '../bench.ts'
import * as byHand from '../floor.ts'
import { allSides, bullmq, graphileWorker, pgBoss, rota, rotaOnSqlite, rotaWithoutHistory } from '../sides/index.ts'
import type { Side } from '../sides/side.ts'

const callerCounts = [1, 32, 64]

interface Rates {
  readonly bulk: number
  readonly callers: readonly number[]
}

export const w1: Workload = {
  id: 'W1',
  title: 'Enqueue',
  about:
    '100 000 jobs in the fastest way that a side has; then single calls, each of which resolves when its job is stored, by 1, 32 and 64 callers of one process, for 2 s each. The floor is the same minimal SQL by hand.',
  async run(bench) {
    const count = bench.quick ? 20_000 : 100_000
    const ms = bench.quick ? 500 : 2_000
    const sides = allSides.filter((side) => side !== rotaWithoutHistory).filter(takesPart(bench))
    const measured = await inTurns<Side | typeof byHand.floor, Rates>(bench, [...sides, byHand.floor], async (side) => {
      if (!('work' in side)) return { bulk: (await byHand.measure(bench, count, 1)).insertPerSecond, callers: [] }
      return withProcesses(bench, side, 1, async ([one]) => {
        if (one === undefined) throw new Error('no process')
        await one.tell('bulk', { count: 10_000 }) // to warm up
        const bulk = (count / (await one.tell('bulk', { count }))) * 1_000
        await one.tell('callers', { callers: 32, ms: 300 })
        const rates: number[] = []
        for (const callers of callerCounts) rates.push(await one.tell('callers', { callers, ms }))
        return { bulk, callers: rates }
      })
    })
    const bulk = figure(`bulk, ${count.toLocaleString('en-US')} jobs`, 'jobs/s', 'more', measured, (one) => one.bulk)
    const single = callerCounts.map((callers, n) =>
      figure(
        `one at a time, ${callers} caller${callers > 1 ? 's' : ''}`,
        'jobs/s',
        'more',
        measured,
        (one) => one.callers[n],
      ),
    )
    const [one, many] = single as [(typeof single)[0], (typeof single)[0]]
    const bestPeer = Math.max(of(bulk, graphileWorker), of(bulk, pgBoss), of(bulk, bullmq) || 0)
    return {
      figures: [bulk, ...single],
      checks: [
        atLeast('bulk: rota / best peer', of(bulk, rota) / bestPeer, 1.7),
        atLeast('32 callers: rota / BullMQ on Redis', of(many, rota) / of(many, bullmq), 1),
        atLeast('32 callers: rota / graphile-worker', of(many, rota) / of(many, graphileWorker), 20),
        atLeast(
          '1 caller: rota / best PostgreSQL peer',
          of(one, rota) / Math.max(of(one, graphileWorker), of(one, pgBoss)),
          2,
        ),
        atLeast('bulk: rota on SQLite / graphile-worker', of(bulk, rotaOnSqlite) / of(bulk, graphileWorker), 5),
      ],
    }
  },
}
