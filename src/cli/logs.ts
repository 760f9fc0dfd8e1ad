import type { Command } from 'commander'
import type { JobId, LogView } from '../index.ts'
import { jobNotFound } from '../job/id.ts'
import { isFinalState } from '../job/states.ts'
import type { Globals } from './config.ts'
import type { Desk } from './desk.ts'
import { printJson, printJsonLine, printLines, say } from './output.ts'
import { listenForStop, pause, type Stop } from './signals.ts'
import { instant, plain } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly follow?: boolean
  readonly json?: boolean
}

const lookEvery = 500

export function addLogs(jobs: Command): void {
  jobs
    .command('logs')
    .description('print what the handlers of a job wrote with ctx.log')
    .argument('<id>', 'id of the job')
    .option('-f, --follow', 'go on until the job is over')
    .option('--json', 'print a JSON array; with --follow one JSON object a line')
    .addHelpText('after', '\nExample:\n  $ rota jobs logs -f 01890a5d-ac96-774b-bcce-b302099a8057')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => logs(rota, id as JobId, flags))
    })
}

async function logs(rota: Desk, id: JobId, flags: Flags): Promise<void> {
  if (flags.follow) return follow(rota, id, flags)
  const pages = pagesOf(rota, id, null)
  if (flags.json) return printJson((await Array.fromAsync(pages)).flat())
  let silent = true
  for await (const lines of pages) {
    silent = false
    await printLines(lines.map(line))
  }
  if (silent) say('nothing was written')
}

async function follow(rota: Desk, id: JobId, flags: Flags): Promise<void> {
  const stop = listenForStop()
  try {
    for await (const lines of pagesOf(rota, id, stop)) {
      if (flags.json) for (const one of lines) await printJsonLine(one)
      else await printLines(lines.map(line))
    }
    process.exitCode = stop.exitCode()
  } finally {
    stop.forget()
  }
}

/** What was written so far; with `until` also what comes, until the job is over or that fires. */
async function* pagesOf(rota: Desk, id: JobId, until: Stop | null): AsyncGenerator<LogView[]> {
  for (let cursor: string | null = null; ; ) {
    const job = await rota.job(id) // before its lines: what comes with the end is seen then
    if (job === null) throw jobNotFound(id)
    for (let more = true; more && !until?.signal.aborted; ) {
      const { lines, next } = await rota.jobs.logs(id, cursor === null ? {} : { cursor })
      cursor = next
      more = lines.length > 0
      if (more) yield lines
    }
    if (until === null || until.signal.aborted || isFinalState(job.state)) return
    await pause(lookEvery, until.signal)
  }
}

function line({ at, attempt, level, message, data }: LogView): string {
  const beside = data === undefined ? '' : ` ${JSON.stringify(data)}`
  return plain(`${instant(at)}  try ${attempt}  ${level.padEnd(5)}  ${message}${beside}`)
}
