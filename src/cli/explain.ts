import type { Command } from 'commander'
import type { JobExplained, JobId, WaitsFor } from '../index.ts'
import type { Globals } from './config.ts'
import type { Place } from './desk.ts'
import { printJson, printLines } from './output.ts'
import { paint } from './table.ts'
import { instant, plain } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly json?: boolean
}

export function addExplain(jobs: Command): void {
  jobs
    .command('explain')
    .description('tell what a job waits for, and what helps')
    .argument('<id>', 'id of the job')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota jobs explain 01890a5d-ac96-774b-bcce-b302099a8057')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, async (rota, place) => {
        const explained = onItsCluster(await rota.jobs.explain(id as JobId), place)
        await (flags.json ? printJson(explained) : printLines(lines(explained)))
      })
    })
}

/** Its commands as they have to be typed where it was asked about with `--cluster`. */
export function onItsCluster(explained: JobExplained, { otherCluster }: Place): JobExplained {
  if (otherCluster === null) return explained
  const typed = (command: string | null) => command && `${command} --cluster ${otherCluster}`
  return { ...explained, waitsFor: explained.waitsFor.map((one) => ({ ...one, command: typed(one.command) })) }
}

function lines({ id, job, lane, state, since, waitsFor }: JobExplained): string[] {
  const head = `${job} ${id} in lane ${lane} is ${state} since ${instant(since)}`
  return [plain(head), ...waitsFor.flatMap((one) => ['', ...reasonLines(one)])]
}

const reasonLines = ({ code, message, fix, command }: WaitsFor): string[] => [
  `${paint('yellow', code)}: ${plain(message)}`,
  `  ${plain(fix)}`,
  ...(command === null ? [] : [`  $ ${plain(command)}`]),
]

/** A line for each reason, for `rota jobs show`. */
export const briefly = ({ waitsFor }: JobExplained): [string, string][] =>
  waitsFor.map(({ code, message, command }, i) => [
    i === 0 ? 'explain' : '',
    `${code}: ${message}${command === null ? '' : ` $ ${command}`}`,
  ])
