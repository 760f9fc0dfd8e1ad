import { execFileSync } from 'node:child_process'
import { atMost, type Bench, figure, inTurns, of, pause, takesPart, type Workload, withProcesses } from '../bench.ts'
import { buildChild } from '../build.ts'
import { median } from '../figures.ts'
import { allSides, rota, rotaOnSqlite, rotaWithoutHistory } from '../sides/index.ts'
import { onPostgres } from '../sides/postgres.ts'
import type { Side } from '../sides/side.ts'

const many = 100
const imports = 15

interface Idle {
  /** Each second; undefined elsewhere than on PostgreSQL. */
  readonly statements: number | undefined
  /** Share of one core in per cent. */
  readonly cpu: number
  /** Megabytes. */
  readonly rss: number
}

export const w6: Workload = {
  id: 'W6',
  title: 'Nothing to do',
  about:
    'One worker process on an empty store, for 10 s: the statements that PostgreSQL is sent, the CPU that the process uses in per cent of one core, its memory. Then 100 workers of Rota in one process that share their connections; and the time that a new process takes to import Rota. All of it as plain JavaScript.',
  async run(bench) {
    const child = buildChild()
    const sides = allSides.filter((side) => side !== rotaWithoutHistory).filter(takesPart(bench))
    const alone = await inTurns(bench, sides, (side) => idle(bench, side, child))
    const together = await inTurns(bench, [rota], async (side) => {
      bench.step(`${many} workers together, then ${imports} imports`)
      return { ...(await idle(bench, side, child, many)), importing: importing() }
    })

    const statements = figure('statements, 1 worker', 'statements/s', 'less', alone, (one) => one.statements)
    const allStatements = figure(
      `statements, ${many} workers`,
      'statements/s',
      'less',
      together,
      (one) => one.statements,
    )
    const cpu = figure('CPU of the process', '%', 'less', alone, (one) => one.cpu)
    const rss = figure('memory of the process (RSS)', 'MB', 'less', alone, (one) => one.rss)
    const importTime = figure("import 'rota'", 'ms', 'less', together, (one) => one.importing)
    return {
      figures: [statements, allStatements, cpu, rss, importTime],
      checks: [
        atMost('rota: statements per second', of(statements, rota), 2),
        atMost(`rota: statements per second of ${many} workers`, of(allStatements, rota), 20),
        atMost('rota: % of one core', of(cpu, rota), 0.5),
        atMost('rota on SQLite: % of one core', of(cpu, rotaOnSqlite), 0.5),
        atMost('rota: MB', of(rss, rota), 110),
        atMost("import 'rota': ms", of(importTime, rota), 60),
      ],
    }
  },
}

function idle(bench: Bench, side: Side, child: string, workers?: number): Promise<Idle> {
  // Workers need a while until they know of each other and look less often.
  const settling = bench.quick
    ? 2_000
    : workers === undefined
      ? side === rota || side === rotaOnSqlite
        ? 15_000
        : 3_000
      : 60_000
  const measuring = bench.quick ? 5_000 : 10_000
  return withProcesses(
    bench,
    side,
    1,
    async ([worker], url) => {
      if (worker === undefined) throw new Error('no process')
      const onServer = side.store === 'postgres'
      await worker.tell('work', {
        concurrency: side.concurrency,
        handlerMs: 0,
        ...(workers !== undefined && { workers }),
      })
      await pause(settling)
      if (onServer) await onPostgres(url, 'select pg_stat_statements_reset()')
      const before = await worker.tell('usage')
      await pause(measuring)
      const after = await worker.tell('usage')
      return {
        statements: onServer ? ((await statementsOf(url)) / measuring) * 1_000 : undefined,
        cpu: (after.cpu - before.cpu) / measuring / 10,
        rss: after.rss,
      }
    },
    { file: child },
  )
}

/** All but our own. */
async function statementsOf(url: string): Promise<number> {
  const [row] = await onPostgres(
    url,
    `select coalesce(sum(calls), 0) as calls from pg_stat_statements where query not like '%pg_stat_statements%'`,
  )
  return Number(row?.calls)
}

/** The median of some new processes, in milliseconds. */
function importing(): number {
  const file = new URL('../../dist/index.js', import.meta.url).href
  const code = `const start = performance.now(); await import('${file}'); console.log(performance.now() - start)`
  const times = Array.from({ length: imports }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })),
  )
  return median(times)
}
