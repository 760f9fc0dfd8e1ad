/** `rota cron`: what an expression means, and when it runs next. It needs no storage and no configuration. */
import type { Command } from 'commander'
import { recurrence } from '../index.ts'
import { parseInstant } from '../job/duration.ts'
import { integer } from '../job/options.ts'
import { reportWithPlace } from './caret.ts'
import { instantFlag, numberFlag } from './flags.ts'
import { printJson, printLines, say } from './output.ts'
import { runTable, shiftWarnings } from './runs.ts'
import { instant, plain } from './text.ts'
import { whenFlag } from './when.ts'

interface Flags {
  readonly from?: string
  readonly count?: string
  readonly tz?: string
  readonly dialect?: string
  readonly json?: boolean
}

const about = `
An expression is cron with 5, 6 (seconds first) or 7 fields (a year last), natural language, or an interval such as 90s.

Example:
  $ rota cron "0 9 * * 1-5" --tz Europe/Rome
  $ rota cron "every 2 weeks on mon and thu at 9am" --from 2027-03-01T00:00:00Z --count 10
  $ rota cron "0 0 12 ? * FRI#1" --dialect quartz --json`

export function addCron(program: Command): void {
  program
    .command('cron')
    .description('tell in plain words what an expression means, and its next runs')
    .argument('<expression...>', 'cron, natural language or an interval')
    .option('--from <instant>', 'tell the runs after this instant; intervals count from it (default: now)')
    .option('--count <n>', 'so many runs, from 1 to 1000 (default: 5)')
    .option('--tz <zone>', 'time zone, such as Europe/Rome (default: UTC)')
    .option('--dialect <name>', 'vixie or quartz, for cron only (default: vixie)')
    .option('--json', 'print { description, next }, the runs as UTC instants')
    .addHelpText('after', about)
    .action((words: string[], _, command: Command) => cron(words.join(' '), command.optsWithGlobals<Flags>()))
}

async function cron(text: string, { from, count, tz, dialect, json }: Flags): Promise<void> {
  const start = from === undefined ? Date.now() : parseInstant(instantFlag(from, '--from'), '--from')
  const n = integer(1, 1_000)(count === undefined ? 5 : numberFlag(count), '--count')
  let meaning: ReturnType<typeof recurrence>
  try {
    const options = { start: new Date(start), ...(tz !== undefined && { timezone: tz }) }
    meaning = recurrence(whenFlag(text, dialect), options)
  } catch (error) {
    process.exitCode = reportWithPlace(error, (field) => (field.startsWith('when') ? text : undefined))
    return
  }
  const runs = meaning.preview(n, new Date(start))
  if (json) return printJson({ description: meaning.describe(), next: runs.map(({ at }) => at) })
  const head = [plain(meaning.describe()), meaning.timezone]
  await printLines(runs.length > 0 ? [...head, '', ...runTable(runs, start)] : head)
  for (const line of shiftWarnings(runs)) say(line)
  if (runs.length < n) say(`it does not run ${runs.length > 0 ? 'after that' : `after ${instant(new Date(start))}`}`)
}
