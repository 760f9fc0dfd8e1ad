import type { Command } from 'commander'
import type { WorkerView } from '../index.ts'
import { describePlace, type Globals, withRota } from './config.ts'
import { printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { instant } from './text.ts'

interface Flags extends Globals {
  readonly json?: boolean
}

export function addWorkers(program: Command): void {
  const workers = program.command('workers').description('look at the workers that are alive')
  workers.addHelpText('after', '\nExample:\n  $ rota workers list')
  workers
    .command('list')
    .description('list the workers that hold a lease, in any process')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota workers list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withRota(flags, async (rota, settings) => {
        const found = await rota.workers()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say(`no worker is alive in ${describePlace(settings)}`)
      })
    })
}

const columns = ['ID', 'NAME', 'STARTED', 'SEEN', 'LEASE UNTIL', 'LANES', 'JOBS']

const row = ({ id, name, startedAt, seenAt, leaseUntil, lanes, jobs }: WorkerView): string[] => [
  id,
  name,
  instant(startedAt),
  instant(seenAt),
  instant(leaseUntil),
  lanes.map((lane) => `${lane.name}:${lane.concurrency}`).join(' '),
  jobs.join(' '),
]
