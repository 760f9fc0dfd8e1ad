import type { Command } from 'commander'
import { type FlowDetails, type FlowView, RotaError } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk, Place } from './desk.ts'
import { errorLine, reportError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { numberFlag } from './flags.ts'
import { print, printJson, printLines, say } from './output.ts'
import { fields, table } from './table.ts'
import { instant } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly limit?: string
  readonly cursor?: string
  readonly reason?: string
  readonly json?: boolean
}

const anId = '01890a5d-ac96-774b-bcce-b302099a8057'

export function addFlows(program: Command): void {
  const flows = program.command('flows').description('look at jobs that wait for each other, and steer them as a whole')
  flows.addHelpText('after', '\nExample:\n  $ rota flows list order')
  flows
    .command('list')
    .description('list flows, newest first')
    .argument('[name]', 'only those of this name')
    .option('--limit <n>', 'at most this many, from 1 to 1000 (default: 50)')
    .option('--cursor <id>', 'go on below this id, the last of the page before')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota flows list order --json')
    .action(async (name: string | undefined, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota, place) => list(rota, place, name, flags))
    })
  flows
    .command('show')
    .description('show a flow, its jobs, and what each of them waits for')
    .argument('<id>', 'id of the flow')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  $ rota flows show ${anId}`)
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => show(rota, id, flags))
    })
  addEdit(
    flows,
    'cancel',
    'cancel all jobs of flows that are not over',
    `cancel ${anId} --reason "wrong customer"`,
  ).option('--reason <text>', 'kept with the jobs (default: cancelled)')
  addEdit(flows, 'retry', 'start all jobs of flows anew that ended without success, in their order', `retry ${anId}`)
}

function addEdit(flows: Command, name: 'cancel' | 'retry', about: string, example: string): Command {
  return flows
    .command(name)
    .description(about)
    .argument('<id...>', 'ids of the flows')
    .option('--json', 'print a JSON array')
    .addHelpText('after', `\nExample:\n  $ rota flows ${example}`)
    .action(async (ids: string[], _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, async (rota) => {
        process.exitCode = await editAll(rota, name, ids, flags)
      })
    })
}

async function list(rota: Desk, place: Place, name: string | undefined, flags: Flags): Promise<void> {
  const { flows, next } = await rota.flows.list({
    ...(name !== undefined && { name }),
    ...(flags.limit !== undefined && { limit: numberFlag(flags.limit) }),
    ...(flags.cursor !== undefined && { cursor: flags.cursor }),
  })
  if (flags.json) await printJson(flows)
  else if (flows.length > 0) {
    const rows = flows.map((flow) => [flow.id, flow.state, flow.name, instant(flow.enqueuedAt), countsLine(flow)])
    await printLines(table(['ID', 'STATE', 'NAME', 'ENQUEUED', 'JOBS'], rows))
  }
  if (flows.length === 0) say(`no such flows in ${place.description}`)
  if (next !== null) say(`there may be more: --cursor ${next}`)
}

const countsLine = ({ counts }: FlowView): string =>
  Object.entries(counts)
    .flatMap(([state, jobs]) => (jobs > 0 ? [`${jobs} ${state}`] : []))
    .join(', ')

async function show(rota: Desk, id: string, flags: Flags): Promise<void> {
  const flow = await rota.flows.get(id)
  if (flow === null) throw new RotaError('flow_not_found', `There is no flow ${id} (any more).`, { field: 'id' })
  if (flags.json) return printJson(flow)
  const head = fields([
    ['id', flow.id],
    ['name', flow.name],
    ['state', flow.state],
    ['enqueued', instant(flow.enqueuedAt)],
    ['jobs', countsLine(flow)],
  ])
  await printLines([...head, '', ...table(['#', 'ID', 'STATE', 'JOB', 'AFTER', 'ERROR'], rowsOf(flow))])
}

/** Jobs by number, in the order in which they were added, so that `AFTER` is short. */
function rowsOf({ jobs, edges }: FlowDetails): string[][] {
  const numbers = new Map(jobs.map(({ id }, i) => [id as string, String(i + 1)]))
  return jobs.map(({ id, state, job, error, reason }) => {
    const after = edges
      .filter(({ child }) => child === id)
      .map(
        ({ parent, onParentFail }) =>
          `${numbers.get(parent) ?? parent}${onParentFail === 'cancel' ? '' : ` (${onParentFail})`}`,
      )
    return [numbers.get(id) ?? '', id, state, job, after.join(', ') || '-', error ? errorLine(error) : (reason ?? '')]
  })
}

/** The exit code: of the first that failed, or 0. */
async function editAll(rota: Desk, name: 'cancel' | 'retry', ids: readonly string[], flags: Flags): Promise<number> {
  const done: unknown[] = []
  let code: number = exitCodes.ok
  for (const id of ids) {
    try {
      const { reason } = flags
      const edited =
        name === 'retry'
          ? await rota.flows.retry(id)
          : await rota.flows.cancel(id, reason === undefined ? {} : { reason })
      if (flags.json) done.push(edited)
      else await print(`${edited.id} ${edited.status} ${edited.changed}\n`)
    } catch (error) {
      const failed = reportError(error)
      code = code === exitCodes.ok ? failed : code
    }
  }
  if (flags.json) await printJson(done)
  return code
}
