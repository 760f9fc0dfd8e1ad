import { atMost, type Bench, figure, pause, percentile, type Workload, walNow, withProcesses } from '../bench.ts'
import { rota } from '../sides/index.ts'
import { onPostgres } from '../sides/postgres.ts'
import { monotonic } from '../sides/side.ts'

/** 50 million a day. */
const perSecond = 579
const warm = 1_000
const times = 20

/** Bytes, but for the dead rows. */
interface Sizes {
  readonly table: number
  readonly indexes: number
  readonly deadRows: number
  readonly history: number
  readonly wal: number
}

interface Day {
  /** Before the first job, then once for each twentieth of the time. */
  readonly samples: readonly Sizes[]
  readonly latencies: readonly number[]
  readonly jobs: number
}

export const w11: Workload = {
  id: 'W11',
  title: '50 million jobs a day',
  once: true,
  about:
    'One process stores 579 jobs a second, each by a call of its own, for 10 minutes, while one worker runs them; measured once. The live table is what has not ended: its size each half minute, with TOAST and apart from its indexes, tells whether it grows.',
  async run(bench) {
    const day = await spend(bench, bench.quick ? 1_000 : 30_000)
    const [first] = day.samples as [Sizes]
    const early = day.samples[10] as Sizes
    const last = day.samples.at(-1) as Sizes
    const one = <T>(value: T) => new Map([[rota.name, [value]]])
    const live = ({ table, indexes }: Sizes) => table + indexes
    const largest = day.samples.reduce((most, each) => (live(each) > live(most) ? each : most))
    const when = bench.quick ? 'after half the time' : 'after 5 minutes'
    const sizes = [
      [when, early],
      ['at the end', last],
      ['at its largest', largest],
    ] as const
    return {
      figures: [
        ...sizes.map(([name, at]) => figure(`live table ${name}`, 'B', 'less', one(at), ({ table }) => table)),
        ...sizes.map(([name, at]) => figure(`its indexes ${name}`, 'B', 'less', one(at), ({ indexes }) => indexes)),
        figure('history', 'B/job', 'less', one(day), ({ jobs }) => (last.history - first.history) / jobs),
        figure('write-ahead log', 'B/job', 'less', one(day), ({ jobs }) => (last.wal - first.wal) / jobs),
        figure('latency, p50', 'ms', 'less', one(day), ({ latencies }) => percentile(latencies, 0.5)),
        figure('latency, p99', 'ms', 'less', one(day), ({ latencies }) => percentile(latencies, 0.99)),
      ],
      // Autovacuum looks once a minute, so a quick run ends before it comes.
      checks: bench.quick
        ? []
        : [atMost(`live table and indexes: at the end / ${when}`, live(last) / live(early), 1.1)],
    }
  },
}

/** @param gap milliseconds between two samples */
function spend(bench: Bench, gap: number): Promise<Day> {
  const jobs = Math.round((perSecond * times * gap) / 1_000)
  return withProcesses(bench, rota, 2, async ([producer, worker], store) => {
    if (producer === undefined || worker === undefined) throw new Error('no process')
    const untilAll = async (wanted: number) => {
      while ((await worker.tell('counts')).ended < wanted) await pause(20)
    }
    await worker.tell('work', { concurrency: rota.concurrency, handlerMs: 0, latency: true })
    await producer.tell('paced', { perSecond, count: warm })
    await untilAll(warm)
    await pause(200)
    await worker.tell('latencies')

    const samples = [await sizesOf(store)]
    const sampling = async () => {
      const start = monotonic()
      for (let n = 1; n <= times; n++) {
        await pause(start + n * gap - monotonic())
        const sizes = await sizesOf(store)
        samples.push(sizes)
        bench.step(`${n} of ${times} samples: ${inWords(sizes)}`)
      }
    }
    await Promise.all([producer.tell('paced', { perSecond, count: jobs }), sampling()])
    await untilAll(warm + jobs)
    return { samples, latencies: await worker.tell('latencies'), jobs }
  })
}

async function sizesOf(store: string): Promise<Sizes> {
  const [row] = await onPostgres(
    store,
    `select pg_table_size('rota.jobs') as table, pg_indexes_size('rota.jobs') as indexes,
       (select n_dead_tup from pg_stat_user_tables where relid = 'rota.jobs'::regclass) as dead,
       (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'rota.finished_jobs'::regclass) as history`,
  )
  const wal = (await walNow(rota, store)) as number
  return {
    table: Number(row?.table),
    indexes: Number(row?.indexes),
    deadRows: Number(row?.dead),
    history: Number(row?.history),
    wal,
  }
}

const inWords = ({ table, indexes, deadRows, history }: Sizes) =>
  `table ${megabytes(table)}, indexes ${megabytes(indexes)}, ${deadRows} dead rows, history ${megabytes(history)}`

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
