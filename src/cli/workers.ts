import type { Command } from 'commander'
import type { WorkerView } from '../index.ts'
import type { Globals } from './config.ts'
import { print, printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { instant } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly json?: boolean
}

export function addWorkers(program: Command): void {
  const workers = program.command('workers').description('look at the workers that are alive, let them drain and go on')
  workers.addHelpText('after', '\nExample:\n  $ rota workers list')
  workers
    .command('list')
    .description('list the workers that hold a lease, in any process')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota workers list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, async (rota, place) => {
        const found = await rota.workers()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say(`no worker is alive in ${place.description}`)
      })
    })
  for (const [name, on, about] of edits)
    workers
      .command(name)
      .description(about)
      .argument('<id>', 'id of the worker')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  $ rota workers ${name} 01890a5d-ac96-774b-bcce-b302099a8057`)
      .action(async (id: string, _, command: Command) => {
        const flags = command.optsWithGlobals<Flags>()
        await withDesk(flags, async (rota) => {
          const edited = await rota.drainWorker(id, on)
          await (flags.json ? printJson(edited) : print(`${edited.id} ${edited.status}\n`))
        })
      })
}

const edits = [
  ['drain', true, 'let a worker claim no more jobs; what it runs goes on'],
  ['resume', false, 'let a worker that drains go on'],
] as const

const columns = ['ID', 'NAME', 'STATE', 'STARTED', 'SEEN', 'LEASE UNTIL', 'LANES', 'JOBS']

const row = ({ id, name, draining, startedAt, seenAt, leaseUntil, lanes, jobs }: WorkerView): string[] => [
  id,
  name,
  draining ? 'draining' : 'working',
  instant(startedAt),
  instant(seenAt),
  instant(leaseUntil),
  lanes.map((lane) => `${lane.name}:${lane.concurrency}`).join(' '),
  jobs.join(' '),
]
