import {
  atLeast,
  atMost,
  type Bench,
  type Drained,
  drain,
  figure,
  inTurns,
  of,
  takesPart,
  type Workload,
} from '../bench.ts'
import * as byHand from '../floor.ts'
import { allSides, graphileWorker, rota, rotaOnSqlite } from '../sides/index.ts'
import type { Side } from '../sides/side.ts'

/** Bytes of write-ahead log that draining a job may cost, its row in the history included. */
const walBudget = 900

export const w2: Workload = {
  id: 'W2',
  title: 'Drain',
  about:
    'Jobs that do nothing are stored; then one or two worker processes that are warm begin, until nothing is left. rota keeps every job in its history; graphile-worker and BullMQ delete what succeeded, pg-boss keeps it in its table. The floor is minimal SQL by hand, history included, on one and on two connections; it is the SQL with which the schema was chosen (decision 0001), with text arrays and without the order of columns of today.',
  async run(bench) {
    const jobs = bench.quick ? 30_000 : 100_000
    const sides = allSides.filter(takesPart(bench))
    const [alone, one] = await drains(bench, sides, jobs, 1)
    const [together] = await drains(bench, sides, jobs, 2)
    const server = figure('CPU of the server, 1 worker', 'µs/job', 'less', one, (run) => run.serverCpu || undefined)
    const client = figure('CPU of the worker, 1 worker', 'µs/job', 'less', one, (run) => run.clientCpu)
    const wal = figure('write-ahead log, 1 worker', 'B/job', 'less', one, (run) => run.wal)
    return {
      figures: [alone, together, server, client, wal],
      checks: [
        atLeast('1 worker: rota / graphile-worker', of(alone, rota) / of(alone, graphileWorker), 1.6),
        atLeast('1 worker: rota / floor on one connection', of(alone, rota) / of(alone, byHand.floor.name), 0.85),
        atLeast('2 workers: rota / graphile-worker', of(together, rota) / of(together, graphileWorker), 1.7),
        atLeast('rota: 2 workers / 1 worker', of(together, rota) / of(alone, rota), 1),
        atMost('rota: µs of server CPU per job', of(server, rota), 14),
        atMost('rota: bytes of write-ahead log per job', of(wal, rota), walBudget),
        atLeast('rota on SQLite / graphile-worker', of(alone, rotaOnSqlite) / of(alone, graphileWorker), 2.5),
      ],
    }
  },
}

async function drains(bench: Bench, sides: readonly Side[], jobs: number, workers: number) {
  const results = await inTurns<Side | typeof byHand.floor, Partial<Drained>>(
    bench,
    [...sides, byHand.floor],
    async (side) => {
      if ('work' in side) return drain(bench, side, { jobs, workers })
      return { perSecond: (await byHand.measure(bench, jobs, workers)).drainPerSecond }
    },
  )
  const name = `drain, ${workers} worker${workers > 1 ? 's' : ''}`
  return [figure(name, 'jobs/s', 'more', results, (run) => run.perSecond), results] as const
}
