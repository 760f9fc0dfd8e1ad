/** `rota jobs list`. */
import type { Command } from 'commander'
import type { JobView } from '../index.ts'
import { defaults } from '../job/options.ts'
import type { Globals } from './config.ts'
import type { Desk, ListAsked, Place } from './desk.ts'
import { errorLine } from './errors.ts'
import { filterHelp, filterOf } from './filter.ts'
import { numberFlag } from './flags.ts'
import { printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { instant, plural } from './text.ts'
import { withDesk } from './with-desk.ts'

interface ListFlags extends Globals {
  readonly limit?: string
  readonly cursor?: string
  readonly json?: boolean
}

/** Milliseconds after which what was found by then is shown. */
const patience = 2_000

export function addList(jobs: Command): void {
  jobs
    .command('list')
    .description('list jobs, newest first')
    .argument('[filter...]', 'words such as state:failed lane:mail job:send since:1h metadata.team:a error:"not found"')
    .option('--limit <n>', 'at most this many, from 1 to 1000 (default: 50)')
    .option('--cursor <id>', 'go on below this id, as the command tells it')
    .option('--json', 'print a JSON array')
    .addHelpText(
      'after',
      `${filterHelp()}\nExample:\n  $ rota jobs list state:failed since:1h error:"ECONN refused" --json`,
    )
    .action(async (words: string[], _, command: Command) => {
      const flags = command.optsWithGlobals<ListFlags>()
      await withDesk(flags, (rota, place) => list(rota, place, words, flags))
    })
}

async function list(rota: Desk, place: Place, words: readonly string[], flags: ListFlags): Promise<void> {
  const options: ListAsked = {
    filter: filterOf(words),
    ...(flags.limit !== undefined && { limit: numberFlag(flags.limit) }),
    ...(flags.cursor !== undefined && { cursor: flags.cursor }),
  }
  const { jobs, next, full } = await pages(rota, options)
  if (flags.json) await printJson(jobs.map(whole))
  else if (jobs.length > 0) await printLines(table(columns, jobs.map(row)))
  if (next !== null && full) say(`there may be more: --cursor ${next}`)
  else if (next !== null) {
    const found = jobs.length === 0 ? 'found nothing' : `found ${plural(jobs.length, 'job')}`
    say(
      `looked back to ${instant(enqueuedAt(next))} and ${found}; go on with --cursor ${next}, or say until: or since:`,
    )
  } else if (jobs.length === 0) say(`no such jobs in ${place.description}`)
}

/** A page may be short, so it goes on until enough are found, or a person would wonder. */
async function pages(rota: Desk, options: ListAsked): Promise<{ jobs: JobView[]; next: string | null; full: boolean }> {
  const start = performance.now()
  let { jobs, next } = await rota.jobs.list(options)
  const limit = options.limit ?? defaults.listLimit
  while (jobs.length < limit && next !== null && performance.now() - start < patience) {
    const page = await rota.jobs.list({ ...options, limit: limit - jobs.length, cursor: next })
    jobs = [...jobs, ...page.jobs]
    next = page.next
  }
  return { jobs, next, full: jobs.length === limit }
}

/** An id begins with the time of its making. */
const enqueuedAt = (id: string): Date => new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16))

const columns = ['ID', 'STATE', 'JOB', 'LANE', 'TRY', 'ENQUEUED', 'FINISHED', 'RESULT OR ERROR']

const row = (job: JobView): string[] => [
  job.id,
  job.state,
  job.job,
  job.lane,
  `${job.attempt}/${job.maxAttempts}`,
  instant(job.enqueuedAt),
  instant(job.finishedAt),
  job.error ? errorLine(job.error) : (job.reason ?? JSON.stringify(job.output) ?? ''),
]

/** JSON leaves out what is undefined, but a reader wants to find every field. */
export const whole = (job: JobView) => ({ ...job, input: job.input ?? null, output: job.output ?? null })
