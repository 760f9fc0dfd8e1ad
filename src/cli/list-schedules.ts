/** `rota schedules list`. */
import type { Command } from 'commander'
import type { ScheduleListOptions, ScheduleView } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk, Place } from './desk.ts'
import { listFlag, numberFlag } from './flags.ts'
import { printJson, printLines, say } from './output.ts'
import { proseOf, zoneOf } from './schedule-words.ts'
import { table } from './table.ts'
import { count, instant, relative } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly job?: string
  readonly state?: string
  readonly origin?: string
  readonly limit?: string
  readonly cursor?: string
  readonly json?: boolean
}

export function addListSchedules(schedules: Command): void {
  schedules
    .command('list')
    .description('list schedules in the order of their ids')
    .option('--job <ids>', 'only those of this definition; commas between several')
    .option('--state <states>', 'only active, paused, inactive or completed ones; commas between several')
    .option('--origin <origin>', 'code: those that stand in the code of workers; api: those that were put')
    .option('--limit <n>', 'at most this many, from 1 to 1000 (default: 50)')
    .option('--cursor <id>', 'go on behind this id, the last of the page before')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota schedules list --job send-report --state active,paused --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota, place) => list(rota, place, flags))
    })
}

async function list(rota: Desk, place: Place, flags: Flags): Promise<void> {
  const { job, state, origin, limit, cursor, json } = flags
  const options = {
    ...(job !== undefined && { job: listFlag(job, '--job', 'id') }),
    ...(state !== undefined && { state: listFlag(state, '--state', 'state') }),
    ...(origin !== undefined && { origin }),
    ...(limit !== undefined && { limit: numberFlag(limit) }),
    ...(cursor !== undefined && { cursor }),
  } as ScheduleListOptions // the library checks the words
  const { schedules, next } = await rota.schedules.list(options)
  const now = Date.now()
  if (json) await printJson(schedules.map(whole))
  else if (schedules.length > 0)
    await printLines(
      table(
        columns,
        schedules.map((one) => row(one, now)),
      ),
    )
  if (schedules.length === 0) say(`no such schedules in ${place.description}`)
  if (next !== null) say(`there may be more: --cursor ${next}`)
}

const columns = ['ID', 'JOB', 'STATE', 'NEXT', 'IN', 'LAST', 'RUNS', 'ZONE', 'WHEN']

const row = (view: ScheduleView, now: number): string[] => [
  view.id,
  view.job,
  view.state,
  instant(view.nextAt),
  view.nextAt === null ? '-' : relative(view.nextAt, now),
  instant(view.lastAt),
  count(view.runs),
  zoneOf(view),
  proseOf(view),
]

/** JSON leaves out what is undefined, but a reader wants to find every field. */
export const whole = <View extends ScheduleView>(view: View) => ({ ...view, input: view.input ?? null })
