/** `rota stats`: what was done, by time. */
import type { Command } from 'commander'
import { tries } from '../engine/statistics.ts'
import type { Figures, StatsStep } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk } from './desk.ts'
import { instantFlag } from './flags.ts'
import { printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { count, instant, lasting } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly from?: string
  readonly to?: string
  readonly step?: string
  readonly lane?: string
  readonly job?: string
  readonly json?: boolean
}

export function addStats(program: Command): void {
  program
    .command('stats')
    .description('tell how many tries succeeded, failed …, how long jobs waited and ran, by time')
    .option('--from <instant>', 'begin at this instant (default: an hour before --to)')
    .option('--to <instant>', 'end at this instant, at most 40 days later (default: now)')
    .option('--step <step>', '1m, 5m, 1h, 6h or 1d (default: what gives at most 800 lines)')
    .option('--lane <name>', 'only jobs of this lane')
    .option('--job <id>', 'only jobs of this definition')
    .option('--json', 'print JSON, with the 50 definitions that had the most tries')
    .addHelpText('after', '\nExample:\n  $ rota stats --job send-welcome --from 2027-01-31T00:00:00Z --step 1h')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, async (desk, place) => {
        const found = await desk.stats(wanted(flags))
        if (flags.json) return printJson(found)
        const busy = found.points.filter((point) => tries(point) > 0 || point.lapsed > 0 || (point.waiting ?? 0) > 0)
        if (busy.length === 0) return say(`nothing was done in that time in ${place.description}`)
        const rows = busy.map((point) => [instant(point.at), ...figures(point), depth(point.waiting)])
        await printLines(table(columns, [...rows, ['total', ...figures(found.totals), '']]))
      })
    })
}

function wanted({ from, to, step, lane, job }: Flags): Parameters<Desk['stats']>[0] {
  return {
    ...(from !== undefined && { from: instantFlag(from, '--from') }),
    ...(to !== undefined && { to: instantFlag(to, '--to') }),
    ...(step !== undefined && { step: step as StatsStep }), // the library says which there are
    ...(lane !== undefined && { lane }),
    ...(job !== undefined && { job }),
  }
}

const columns = [
  'FROM',
  'SUCCEEDED',
  'FAILED',
  'RETRIED',
  'CANCELLED',
  'WAIT P50',
  'WAIT P99',
  'RUN P50',
  'RUN P99',
  'WAITING',
]

const figures = ({ succeeded, failed, retried, cancelled, wait, run }: Figures): string[] => [
  ...[succeeded, failed, retried, cancelled].map(count),
  ...[wait?.p50, wait?.p99, run?.p50, run?.p99].map((ms) => (ms === undefined ? '-' : lasting(ms))),
]

const depth = (n: number | null): string => (n === null ? '-' : count(n))
