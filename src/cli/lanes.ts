/** `rota lanes`: look at the pools that jobs wait in, pause them and let them go on. */
import type { Command } from 'commander'
import { countedUpTo } from '../engine/lanes.ts'
import type { LaneView } from '../index.ts'
import { suggest } from '../job/suggest.ts'
import type { Globals } from './config.ts'
import type { Desk } from './desk.ts'
import { print, printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { count, instant } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly json?: boolean
  readonly reason?: string
}

export function addLanes(program: Command): void {
  const lanes = program.command('lanes').description('look at lanes, pause them and let them go on')
  lanes.addHelpText('after', '\nExample:\n  $ rota lanes list')
  lanes
    .command('list')
    .description('list the lanes that are served, paused or have jobs; 1,000+ means so many or more')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota lanes list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, async (rota, place) => {
        const found = await rota.lanes.list()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say(`no lane is served or has jobs in ${place.description}`)
      })
    })
  lanes
    .command('pause')
    .description('start nothing of a lane any more; what runs goes on')
    .argument('<lane>', 'name of the lane')
    .option('--reason <text>', 'shown to whoever asks why a job waits (default: paused)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota lanes pause mail --reason "the provider is down"')
    .action(async (lane: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const options = flags.reason === undefined ? {} : { reason: flags.reason }
      await withDesk(flags, async (rota) => tell(await rota.lanes.pause(lane, options), flags))
    })
  lanes
    .command('resume')
    .description('let a paused lane go on')
    .argument('<lane>', 'name of the lane')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota lanes resume mail')
    .action(async (lane: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => resume(rota, lane, flags))
    })
}

type Edited = { readonly name: string; readonly status: string }

const tell = (edited: Edited, { json }: Flags): Promise<void> =>
  json ? printJson(edited) : print(`${edited.name} ${edited.status}\n`)

async function resume(rota: Desk, lane: string, flags: Flags): Promise<void> {
  const edited = await rota.lanes.resume(lane)
  await tell(edited, flags)
  if (edited.status === 'resumed') return
  const paused = (await rota.lanes.list()).filter((one) => one.paused !== null).map(({ name }) => name)
  say(`lane ${lane} was not paused${suggest(lane, paused)}`)
}

const columns = ['LANE', 'WAITING', 'SCHEDULED', 'RUNNING', 'SLOTS', 'WORKERS', 'OLDEST', 'PAUSED']

const row = (lane: LaneView): string[] => [
  lane.name,
  counted(lane.waiting),
  counted(lane.scheduled),
  counted(lane.running),
  count(lane.concurrency),
  count(lane.workers),
  instant(lane.oldestDueAt),
  lane.paused === null ? '' : `since ${instant(lane.paused.since)}: ${lane.paused.reason}`,
]

/** Where the counting ends, in the library, too. */
const counted = (n: number): string => `${count(n)}${n >= countedUpTo ? '+' : ''}`
