/** `rota jobs cancel | retry | run | reschedule | update | delete`: one or several ids; what fails does not keep the others. */
import type { Command } from 'commander'
import type { JobChanges, JobId } from '../index.ts'
import { isJobId } from '../job/id.ts'
import type { Globals } from './config.ts'
import { readData } from './data.ts'
import type { Desk } from './desk.ts'
import { reportError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { durationFlag, instantFlag, numberFlag } from './flags.ts'
import { print, printJson } from './output.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly json?: boolean
  readonly reason?: string
  readonly in?: string
  readonly at?: string
  readonly lane?: string
  readonly priority?: string
  readonly retries?: string
  readonly timeout?: string
  /** What stands behind the flag, when it was read. */
  readonly input?: unknown
}

type Edit = (rota: Desk, id: JobId, flags: Flags) => Promise<{ readonly id: string; readonly status: string }>

const anId = '01890a5d-ac96-774b-bcce-b302099a8057'

interface JobEdit {
  readonly name: string
  readonly about: string
  readonly example: string
  readonly options?: readonly [string, string][]
  readonly edit: Edit
  /** For several at once, where that is more than one by one. What it did not do is tried by `edit`, which says why. */
  readonly together?: (rota: Desk, ids: readonly JobId[]) => Promise<readonly Awaited<ReturnType<Edit>>[]>
}

const timeOptions: readonly [string, string][] = [
  ['--in <duration>', 'run this long from now, such as 5m'],
  ['--at <instant>', 'run at this instant, such as 2027-01-31T09:00:00Z'],
]

const edits: readonly JobEdit[] = [
  {
    name: 'cancel',
    about: 'end jobs: waiting ones at once, running ones by their signal',
    example: `cancel ${anId} --reason "wrong customer"`,
    options: [['--reason <text>', 'kept with the job (default: cancelled)']],
    edit: (rota, id, { reason }) => rota.jobs.cancel(id, reason === undefined ? {} : { reason }),
  },
  {
    name: 'retry',
    about: 'run jobs again that are over, with all their tries',
    example: `retry ${anId}`,
    edit: (rota, id) => rota.jobs.retry(id),
  },
  {
    name: 'run',
    about: 'make waiting jobs due now',
    example: `run ${anId}`,
    edit: (rota, id) => rota.jobs.run(id),
  },
  {
    name: 'reschedule',
    about: 'put waiting jobs to another time',
    example: `reschedule ${anId} --in 2h`,
    options: timeOptions,
    edit: (rota, id, flags) => rota.jobs.reschedule(id, timeOf(flags)),
  },
  {
    name: 'update',
    about: 'give waiting jobs other values; what is not named stays',
    example: `update ${anId} --priority high --lane mail`,
    options: [
      ['--priority <priority>', 'critical, high, medium, low or veryLow'],
      ['--lane <lane>', 'lane to run in'],
      ...timeOptions,
      ['--retries <n>', 'tries after the first one that failed'],
      ['--timeout <duration>', 'longest run of one try, such as 30s'],
      ['--input <json>', 'another input as JSON; @file reads a file, - reads stdin'],
    ],
    edit: (rota, id, flags) => rota.jobs.update(id, changesOf(flags)),
  },
  {
    name: 'delete',
    about: 'forget jobs with their attempts and logs; running ones have to be cancelled first',
    example: `delete ${anId}`,
    edit: (rota, id) => rota.jobs.delete(id),
    together: (rota, ids) => rota.jobs.delete(ids.filter(isJobId)),
  },
]

const timeOf = ({ in: delay, at }: Flags): Pick<JobChanges, 'in' | 'at'> => ({
  ...(delay !== undefined && { in: durationFlag(delay) }),
  ...(at !== undefined && { at: instantFlag(at, '--at', '--in') }),
})

/** The library checks them. */
function changesOf(flags: Flags): JobChanges {
  const { lane, priority, retries, timeout, input } = flags
  return {
    ...timeOf(flags),
    ...(lane !== undefined && { lane }),
    ...(priority !== undefined && { priority: priority as NonNullable<JobChanges['priority']> }),
    ...(retries !== undefined && { retries: numberFlag(retries) }),
    ...(timeout !== undefined && { timeout: durationFlag(timeout) }),
    ...(input !== undefined && { input }),
  }
}

export function addJobEdits(jobs: Command): void {
  for (const { name, about, example, options = [], edit, together } of edits) {
    const command = jobs.command(name).description(about).argument('<id...>', 'ids of the jobs')
    for (const [flag, text] of options) command.option(flag, text)
    command
      .option('--json', 'print a JSON array')
      .addHelpText('after', `\nExample:\n  $ rota jobs ${example}`)
      .action(async (ids: string[], _, self: Command) => {
        const typed = self.optsWithGlobals<Flags & { readonly input?: string }>()
        const flags: Flags =
          typed.input === undefined ? typed : { ...typed, input: await readData(typed.input, '--input') }
        await withDesk(flags, async (rota) => {
          const done = (ids.length > 1 && (await together?.(rota, ids as JobId[]))) || []
          const known = new Map(done.filter(({ status }) => status === 'deleted').map((one) => [one.id, one]))
          const one: Edit = async (on, id, own) => known.get(id) ?? edit(on, id, own)
          process.exitCode = await editAll(rota, ids as JobId[], flags, one)
        })
      })
  }
}

/** The exit code: of the first that failed, or 0. */
async function editAll(rota: Desk, ids: readonly JobId[], flags: Flags, edit: Edit): Promise<number> {
  const done: unknown[] = []
  let code: number = exitCodes.ok
  for (const id of new Set(ids)) {
    try {
      const edited = await edit(rota, id, flags)
      if (flags.json) done.push(edited)
      else await print(`${edited.id} ${edited.status}\n`)
    } catch (error) {
      const failed = reportError(error)
      code = code === exitCodes.ok ? failed : code
    }
  }
  if (flags.json) await printJson(done)
  return code
}
