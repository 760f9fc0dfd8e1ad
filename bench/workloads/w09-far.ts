import { atLeast, type Bench, drain, figure, inConditions, of, type Workload, withProcesses } from '../bench.ts'
import type { Figure } from '../figures.ts'
import { graphileWorker, rota } from '../sides/index.ts'

const direct = { name: 'direct', roundTrip: 0 }
const near = { name: 'round trip of 2 ms', roundTrip: 2 }
const far = { name: 'round trip of 10 ms', roundTrip: 10 }

export const w9: Workload = {
  id: 'W9',
  title: 'Drain over a network',
  about:
    'The drain with one worker (W2) through a TCP proxy in a process of its own that holds back everything for half a round trip in each direction. Without the proxy in the same turns.',
  async run(bench) {
    const jobs = bench.quick ? 30_000 : 100_000
    const measured = await inConditions(bench, [rota, graphileWorker], [direct, near, far], (side, { roundTrip }) =>
      throughProxy(bench, roundTrip, (through) => drain(bench, side, { jobs, workers: 1, ...through })),
    )
    const [at0, at2, at10] = [direct, near, far].map((one) =>
      figure(one.name, 'jobs/s', 'more', measured(one), (run) => run.perSecond),
    ) as [Figure, Figure, Figure]
    return {
      figures: [at0, at2, at10],
      checks: [
        atLeast('rota: 2 ms / direct', of(at2, rota) / of(at0, rota), 0.7),
        atLeast('rota: 10 ms / direct', of(at10, rota) / of(at0, rota), 0.4),
      ],
    }
  },
}

function throughProxy<T>(bench: Bench, roundTrip: number, work: (through: { through?: string }) => Promise<T>) {
  if (roundTrip === 0) return work({})
  return withProcesses(
    bench,
    rota,
    1,
    async ([proxy]) => work({ through: (await proxy?.tell('proxy', { delay: roundTrip / 2 })) as string }),
    { keep: true },
  )
}
