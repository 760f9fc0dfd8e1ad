import pg from 'pg'
import { atLeast, drain, figure, inConditions, of, type Workload } from '../bench.ts'
import { graphileWorker, rota } from '../sides/index.ts'
import type { Side } from '../sides/side.ts'

const without = { name: 'no snapshot', held: false }
const during = { name: 'an old snapshot is held', held: true }

export const w7: Workload = {
  id: 'W7',
  title: 'Drain beside an old snapshot',
  about:
    'The drain with one worker (W2) while another session holds a snapshot from before the jobs were stored, as a backup or a long report does: until it ends no row version may be removed. Without it in the same turns.',
  async run(bench) {
    const jobs = bench.quick ? 30_000 : 100_000
    const measured = await inConditions(bench, [rota, graphileWorker], [without, during], (side, { held }) =>
      drain(bench, side, { jobs, workers: 1, ...(held && { before: (store) => holdSnapshot(side, store) }) }),
    )
    const free = figure(without.name, 'jobs/s', 'more', measured(without), (run) => run.perSecond)
    const held = figure(during.name, 'jobs/s', 'more', measured(during), (run) => run.perSecond)
    return {
      figures: [free, held],
      checks: [atLeast('rota: with the snapshot / without', of(held, rota) / of(free, rota), 0.8)],
    }
  },
}

async function holdSnapshot(side: Side, store: string): Promise<() => Promise<void>> {
  const client = new pg.Client(store)
  await client.connect()
  await client.query('begin isolation level repeatable read')
  await client.query(`select count(*) from ${side === rota ? 'rota.jobs' : 'graphile_worker._private_jobs'}`)
  return () => client.end()
}
