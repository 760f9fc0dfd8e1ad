/** `rota schedules backfill`: runs for slots of the past. */
import type { Command } from 'commander'
import type { Backfilled } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk } from './desk.ts'
import { instantFlag, numberFlag } from './flags.ts'
import { print, printJson, printLines, say } from './output.ts'
import { plural } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly from: string
  readonly to: string
  readonly dryRun?: boolean
  readonly limit?: string
  readonly json?: boolean
}

export function addBackfill(schedules: Command): void {
  schedules
    .command('backfill')
    .description('let slots of the past run that have not: one job for each')
    .argument('<id>', 'id of the schedule')
    .requiredOption('--from <instant>', 'the first slot may be at this instant (required)')
    .requiredOption('--to <instant>', 'and the last at this one (required)')
    .option('--dry-run', 'only print the slots')
    .option('--limit <n>', 'at most so many slots, from 1 to 10000 (default: 1000)')
    .option('--json', 'print { slots, more, stored, duplicates, refused }')
    .addHelpText(
      'after',
      '\nExample:\n  $ rota schedules backfill daily-report --from 2027-01-01T00:00:00Z --to 2027-01-31T00:00:00Z --dry-run',
    )
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => backfill(rota, id, flags), 'demo')
    })
}

async function backfill(rota: Desk, id: string, flags: Flags): Promise<void> {
  const { from, to, dryRun = false, limit, json } = flags
  const done = await rota.schedules.backfill(id, {
    from: instantFlag(from, '--from'),
    to: instantFlag(to, '--to'),
    dryRun,
    ...(limit !== undefined && { limit: numberFlag(limit) }),
  })
  if (json) await printJson(done)
  else if (dryRun) await printLines(done.slots.map((slot) => slot.toISOString()))
  else await print(`${summary(done)}\n`)
  if (dryRun) say(`${plural(done.slots.length, 'slot')}; nothing was stored`)
  if (done.more) say(`the limit was reached; go on with --from ${behind(done.slots.at(-1) as Date)}`)
}

const summary = ({ slots, stored, duplicates, refused }: Backfilled): string => {
  const [first] = refused
  const why = first === undefined ? '' : `, ${refused.length} refused: ${first.message}`
  return `${plural(slots.length, 'slot')}: ${plural(stored, 'job')} stored, ${duplicates} had run before${why}`
}

const behind = (slot: Date): string => new Date(slot.getTime() + 1).toISOString()
