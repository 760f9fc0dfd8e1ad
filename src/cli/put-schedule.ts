/** `rota schedules put`: stores a schedule, or changes the one of this id. */
import type { Command } from 'commander'
import { show as quoted } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'
import { reportWithPlace } from './caret.ts'
import type { Globals } from './config.ts'
import { readData } from './data.ts'
import type { Desk, Place } from './desk.ts'
import { sayWhen } from './edit-schedules.ts'
import { addJobFlags, type JobFlags, jobOptions } from './job-flags.ts'
import { whole } from './list-schedules.ts'
import { print, printJson, say } from './output.ts'
import { addTimingFlags, expressionOf, type TimingFlags, timingOptions } from './timing-flags.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals, JobFlags, TimingFlags {
  readonly job: string
  readonly data?: string
  readonly owner?: string
  readonly description?: string
  readonly json?: boolean
}

const about = `
What is not said goes back to its default; a schedule that is paused stays so. What is said of one that stands in the code of a worker
lies over it until \`rota schedules reset\`.

Example:
  $ rota schedules put renew-sub_123 --job renew --data '{"sub":"sub_123"}' --natural "every year on march 1st at 9am" --tz Europe/Rome
  $ rota schedules put report --job send-report --cron "0 9 * * 1-5" --exclude-dates 12-25,2027-04-05 --overlap skip --misfire all:10`

export function addPutSchedule(schedules: Command): void {
  const command = schedules
    .command('put')
    .description('store a schedule, or change the one of this id')
    .argument('<id>', 'what it is called for ever: letters, digits and . _ : @ / -')
    .requiredOption('--job <id>', 'id of the definition (required)')
  addTimingFlags(command)
  command
    .option('--data <json>', 'input of each run as JSON; @file reads a file, - reads stdin (default: none)')
    .option('--description <text>', 'for lists, at most 500 characters')
    .option('--owner <text>', 'whom to ask about it, at most 200 characters')
  addJobFlags(command)
  command
    .option('--json', 'print the schedule as JSON, with its status')
    .addHelpText('after', about)
    .action(async (id: string, _, self: Command) => {
      const flags = self.optsWithGlobals<Flags>()
      await withDesk(flags, (rota, place) => put(rota, place, id, flags), 'demo')
    })
}

async function put(rota: Desk, place: Place, id: string, flags: Flags): Promise<void> {
  const { job, data, description, owner, json } = flags
  const timing = timingOptions(flags)
  const input = data === undefined ? undefined : await readData(data)
  const known = await place.definitions()
  if (!known.includes(job))
    say(`nobody here knows the job ${quoted(job)}${suggest(job, known) || ','} so its input is stored unchecked`)
  const words = { ...(description !== undefined && { description }), ...(owner !== undefined && { owner }) }
  try {
    const stored = await rota.schedules.put({ id, job, input, ...timing, ...words, ...jobOptions(flags) })
    if (json) return printJson(whole(stored))
    await print(`${stored.id} ${stored.status}\n`)
    say(stored.prose)
    sayWhen(stored)
  } catch (error) {
    process.exitCode = reportWithPlace(error, (field) => expressionOf(flags, field))
  }
}
