import type { Command } from 'commander'
import type { AttemptView, JobView, LinkView } from '../index.ts'
import { jobNotFound } from '../job/id.ts'
import { isFinalState } from '../job/states.ts'
import type { Globals } from './config.ts'
import type { Desk, Place } from './desk.ts'
import { addJobEdits } from './edit-jobs.ts'
import { untilOver } from './enqueue.ts'
import { errorLine } from './errors.ts'
import { addExplain, briefly, onItsCluster } from './explain.ts'
import { durationFlag } from './flags.ts'
import { addList, whole } from './list.ts'
import { addLogs } from './logs.ts'
import { printJson, printLines } from './output.ts'
import { addPurge } from './purge.ts'
import { fields, table } from './table.ts'
import { instant, plural } from './text.ts'
import { withDesk } from './with-desk.ts'

interface OneFlags extends Globals {
  readonly timeout?: string
  readonly json?: boolean
}

export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('look at stored jobs, and change them')
  jobs.addHelpText('after', '\nExample:\n  $ rota jobs list state:failed')
  addList(jobs)
  jobs
    .command('show')
    .description('show a job and its attempts')
    .argument('<id>', 'id of the job')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota jobs show 01890a5d-ac96-774b-bcce-b302099a8057')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<OneFlags>()
      await withDesk(flags, (rota, place) => show(rota, place, id, flags))
    })
  jobs
    .command('wait')
    .description('wait until a job is over and print its result')
    .argument('<id>', 'id of the job')
    .option('--timeout <duration>', 'give up after this long, with exit code 124 (default: never)')
    .option('--json', 'print the whole job as JSON')
    .addHelpText('after', '\nExample:\n  $ rota jobs wait 01890a5d-ac96-774b-bcce-b302099a8057 --timeout 30s')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<OneFlags>()
      await withDesk(flags, (rota) => wait(rota, id, flags))
    })
  addExplain(jobs)
  addLogs(jobs)
  addJobEdits(jobs)
  addPurge(jobs)
}

async function show(rota: Desk, place: Place, id: string, flags: OneFlags): Promise<void> {
  const job = await find(rota, id)
  const attempts = await rota.jobs.attempts(job.id)
  const [parents, children] = [await rota.jobs.parents(job.id), await rota.jobs.children(job.id)]
  if (flags.json) {
    const links = { parents: parents.map(linkOf), children: children.map(linkOf) }
    return printJson({ ...whole(job), ...links, attempts })
  }
  const why = isFinalState(job.state) ? [] : briefly(onItsCluster(await rota.jobs.explain(job.id), place))
  await printLines([...fields([...facts(job), ...why]), ...linkLines(parents, children), ...attemptLines(attempts)])
}

async function find(rota: Desk, id: string): Promise<JobView> {
  const job = await rota.job(id)
  if (job === null) throw jobNotFound(id)
  return job
}

function facts(job: JobView): [string, string][] {
  const json = (value: unknown) => JSON.stringify(value) ?? '-'
  return [
    ['id', job.id],
    ['job', job.job],
    ['state', job.reason === null ? job.state : `${job.state} (${job.reason})`],
    ['lane', job.lane],
    ['priority', job.priority],
    ['attempt', `${job.attempt} of ${job.maxAttempts}`],
    ['enqueued', instant(job.enqueuedAt)],
    ['due', instant(job.dueAt)],
    ['started', instant(job.startedAt)],
    ['finished', instant(job.finishedAt)],
    ['worker', job.worker ?? '-'],
    ['expires', instant(job.expiresAt)],
    [
      'progress',
      job.progress === null
        ? '-'
        : [`${Math.round(job.progress.percent * 10) / 10} %`, job.progress.message ?? ''].join(' ').trim(),
    ],
    ['flow', job.flow ?? '-'],
    ['schedule', scheduleOf(job)],
    ['metadata', json(job.metadata)],
    ['input', json(job.input)],
    ['output', json(job.output)],
    ['error', job.error === null ? '-' : errorLine(job.error)],
  ]
}

function scheduleOf({ schedule }: JobView): string {
  if (schedule === null) return '-'
  const { id, slot, missed } = schedule
  const stands = missed > 0 ? `, stands for ${plural(missed, 'missed slot')}` : ''
  return `${id}, ${slot === null ? 'triggered' : `slot ${instant(slot)}`}${stands}`
}

const linkOf = ({ job, onParentFail, open }: LinkView) => ({
  id: job.id,
  job: job.job,
  state: job.state,
  onParentFail,
  open,
})

function linkLines(parents: readonly LinkView[], children: readonly LinkView[]): string[] {
  const row = (relation: string, { job, onParentFail }: LinkView) => [
    relation,
    job.id,
    job.state,
    job.job,
    onParentFail,
  ]
  const rows = [...parents.map((link) => row('after', link)), ...children.map((link) => row('before', link))]
  return rows.length === 0 ? [] : ['', ...table(['LINK', 'ID', 'STATE', 'JOB', 'WHEN THE FIRST FAILS'], rows)]
}

function attemptLines(attempts: readonly AttemptView[]): string[] {
  if (attempts.length === 0) return []
  const rows = attempts.map(({ attempt, startedAt, endedAt, to, reason, error }) => [
    String(attempt),
    to,
    instant(startedAt),
    `${endedAt.getTime() - startedAt.getTime()} ms`,
    error ? errorLine(error) : (reason ?? ''),
  ])
  return ['', ...table(['TRY', 'STATE', 'STARTED', 'TOOK', 'ERROR'], rows)]
}

async function wait(rota: Desk, id: string, flags: OneFlags): Promise<void> {
  const { timeout } = flags
  const output = await untilOver(rota, id, timeout === undefined ? {} : { timeout: durationFlag(timeout) })
  await printJson(flags.json ? whole(await find(rota, id)) : (output ?? null))
}
