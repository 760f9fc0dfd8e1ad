import type { Command } from 'commander'
import { type JobId, type LogView, type Rota, RotaError } from '../index.ts'
import { isFinalState } from '../job/states.ts'
import { type Globals, withRota } from './config.ts'
import { printJson, printJsonLine, printLines, say } from './output.ts'
import { listenForStop, pause, type Stop } from './signals.ts'
import { instant, plain } from './text.ts'

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
      await withRota(flags, (rota) => logs(rota, id as JobId, flags))
    })
}

async function logs(rota: Rota, id: JobId, flags: Flags): Promise<void> {
  if (flags.follow) {
    const stop = listenForStop()
    try {
      await follow(rota, id, flags, stop)
      process.exitCode = stop.exitCode()
    } finally {
      stop.forget()
    }
    return
  }
  if (!(await isOverOrKnown(rota, id)).known) throw unknown(id)
  const lines = await rest(rota, id, null)
  if (flags.json) return printJson(lines.lines)
  await printLines(lines.lines.map(line))
  if (lines.lines.length === 0) say('nothing was written')
}

async function follow(rota: Rota, id: JobId, flags: Flags, stop: Stop): Promise<void> {
  let cursor: string | null = null
  for (;;) {
    const { known, over } = await isOverOrKnown(rota, id) // before the lines: what comes with the end is seen then
    if (!known) throw unknown(id)
    const page = await rest(rota, id, cursor)
    cursor = page.cursor
    if (flags.json) for (const one of page.lines) await printJsonLine(one)
    else await printLines(page.lines.map(line))
    if (over || stop.signal.aborted) return
    await pause(lookEvery, stop.signal)
  }
}

async function isOverOrKnown(rota: Rota, id: JobId): Promise<{ known: boolean; over: boolean }> {
  const job = await rota.job(id)
  return { known: job !== null, over: job !== null && isFinalState(job.state) }
}

async function rest(rota: Rota, id: JobId, from: string | null): Promise<{ lines: LogView[]; cursor: string | null }> {
  const lines: LogView[] = []
  for (let cursor = from; ; ) {
    const page = await rota.jobs.logs(id, cursor === null ? {} : { cursor })
    lines.push(...page.lines)
    cursor = page.next
    if (page.lines.length === 0) return { lines, cursor }
  }
}

function line({ at, attempt, level, message, data }: LogView): string {
  const beside = data === undefined ? '' : ` ${JSON.stringify(data)}`
  return plain(`${instant(at)}  try ${attempt}  ${level.padEnd(5)}  ${message}${beside}`)
}

const unknown = (id: string) => new RotaError('job_not_found', `There is no job ${id} (any more).`, { field: 'id' })
