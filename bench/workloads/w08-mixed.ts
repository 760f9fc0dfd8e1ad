import { atLeast, drain, figure, inConditions, of, pause, type Workload } from '../bench.ts'
import { Process } from '../processes.ts'
import { rota } from '../sides/index.ts'

/** The most that one process may run of a lane. */
const slots = 10_000
/** Longer than anything here takes. */
const forever = 2 ** 31 - 1

export const w8: Workload = {
  id: 'W8',
  title: 'Drain of many lanes, and behind jobs that run long',
  about:
    'The drain with one worker (W2) of 100 000 jobs mixed over 10 lanes and 5 priorities, with 10 slots in each lane; and of 100 000 jobs in one lane behind 20 000 that two other processes run all the while. A plain drain in the same turns.',
  async run(bench) {
    const jobs = bench.quick ? 30_000 : 100_000
    const running = bench.quick ? 2_000 : 20_000
    const plain = { name: 'one lane', options: {} }
    const mixed = { name: '10 lanes × 5 priorities', options: { lanes: 10, concurrency: 10 } }
    const behind = {
      name: `behind ${running.toLocaleString('en-US')} that run`,
      options: { before: (store: string) => runFirst(store, running), beside: running },
    }
    const all = [plain, mixed, behind]
    const measured = await inConditions(bench, [rota], all, (side, { options }) =>
      drain(bench, side, { jobs, workers: 1, ...options }),
    )
    const figures = all.map((one) => figure(one.name, 'jobs/s', 'more', measured(one), (run) => run.perSecond))
    const [reference, ...others] = figures.map((one) => of(one, rota))
    return {
      figures,
      checks: [mixed, behind].map((one, n) =>
        atLeast(`${one.name} / one lane`, (others[n] as number) / (reference as number), 0.8),
      ),
    }
  },
}

/** Stores jobs that never end, and has other processes run them. */
async function runFirst(store: string, count: number): Promise<() => Promise<void>> {
  const processes = Array.from({ length: Math.ceil(count / slots) }, () => new Process(rota, store))
  const started = async () =>
    (await Promise.all(processes.map((one) => one.tell('counts')))).reduce((sum, one) => sum + one.started, 0)
  await processes[0]?.tell('bulk', { count })
  const concurrency = Math.min(slots, count)
  await Promise.all(processes.map((one) => one.tell('work', { concurrency, handlerMs: forever })))
  while ((await started()) < count) await pause(20)
  return async () => void (await Promise.all(processes.map((one) => one.kill())))
}
