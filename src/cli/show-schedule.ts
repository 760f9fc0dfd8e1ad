/** `rota schedules show | next | history`. */
import type { Command } from 'commander'
import { scheduleNotFound } from '../engine/asked-runs.ts'
import type { ScheduleEvent, ScheduleView } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk } from './desk.ts'
import { numberFlag } from './flags.ts'
import { whole } from './list-schedules.ts'
import { printJson, printLines, say } from './output.ts'
import { runTable } from './runs.ts'
import { noteOn, policyLines, stateOf, zoneOf } from './schedule-words.ts'
import { fields, table } from './table.ts'
import { count, instant, lasting, plural, relative } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly count?: string
  readonly limit?: string
  readonly cursor?: string
  readonly json?: boolean
}

const shown = { next: 5, history: 10 }
const historyLimit = 50

export function addShowSchedule(schedules: Command): void {
  schedules
    .command('show')
    .description('show a schedule, its next runs and what became of the last ones')
    .argument('<id>', 'id of the schedule')
    .option('--json', 'print JSON, with next and history')
    .addHelpText('after', '\nExample:\n  $ rota schedules show daily-report')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => show(rota, id, flags))
    })
}

export function addRuns(schedules: Command): void {
  schedules
    .command('next')
    .description('tell the next runs of a schedule')
    .argument('<id>', 'id of the schedule')
    .option('--count <n>', 'so many, from 1 to 1000 (default: 5)')
    .option('--json', 'print a JSON array of { at, local, shift }')
    .addHelpText('after', '\nExample:\n  $ rota schedules next daily-report --count 10')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => next(rota, id, flags))
    })
  schedules
    .command('history')
    .description('tell what became of its slots, newest first: runs, and why others did not run')
    .argument('<id>', 'id of the schedule')
    .option('--limit <n>', 'at most this many, from 1 to 1000 (default: 50)')
    .option('--cursor <place>', 'go on behind this place, as the command tells it')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota schedules history daily-report --limit 20')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => history(rota, id, flags))
    })
}

/** @throws RotaError `schedule_not_found` */
export async function findSchedule(rota: Desk, id: string): Promise<ScheduleView> {
  const view = await rota.schedules.get(id)
  if (view === null) throw scheduleNotFound(id)
  return view
}

async function show(rota: Desk, id: string, flags: Flags): Promise<void> {
  const view = await findSchedule(rota, id)
  const [runs, events] = await Promise.all([
    rota.schedules.next(id, shown.next),
    rota.schedules.history(id, { limit: shown.history }).then(({ events: list }) => list),
  ])
  if (flags.json) return printJson({ ...whole(view), next: runs, history: events })
  const now = Date.now()
  const lines = [...fields([...facts(view, now), ...policyLines(view), ...jobFacts(view)])]
  if (runs.length > 0) lines.push('', ...runTable(runs, now, noteOn(view)))
  if (events.length > 0) lines.push('', ...historyTable(events))
  await printLines(lines)
}

const origins = { code: 'the code of a worker', api: 'put at run time' } as const

function facts(view: ScheduleView, now: number): [string, string][] {
  const at = (date: Date | null) => (date === null ? '-' : `${instant(date)} (${relative(date, now)})`)
  return [
    ['id', view.id],
    ['job', view.job],
    ['state', stateOf(view)],
    [
      'origin',
      `${origins[view.origin]}${view.changed ? ', changed by hand: `rota schedules reset` takes that away' : ''}`,
    ],
    ['description', view.description ?? '-'],
    ['owner', view.owner ?? '-'],
    ['when', view.prose],
    ['as given', view.when === null ? '-' : JSON.stringify(view.when)],
    ['zone', zoneOf(view)],
    ['next', at(view.nextAt)],
    ...(view.resumesAt === null ? [] : [['resumes', at(view.resumesAt)] as [string, string]]),
    ['last', at(view.lastAt)],
    ['runs', `${count(view.runs)}${view.maxRuns === null ? '' : ` of ${count(view.maxRuns)}`}`],
    ['starts', at(view.startsAt)],
    ['ends', at(view.endsAt)],
  ]
}

const jobFacts = (view: ScheduleView): [string, string][] => [
  ['input', JSON.stringify(view.input) ?? '-'],
  ['job options', Object.keys(view.options).length === 0 ? '-' : JSON.stringify(view.options)],
  ['created', instant(view.createdAt)],
  ['changed', instant(view.updatedAt)],
]

async function next(rota: Desk, id: string, flags: Flags): Promise<void> {
  const view = await findSchedule(rota, id)
  const runs = await rota.schedules.next(id, flags.count === undefined ? shown.next : numberFlag(flags.count))
  if (flags.json) await printJson(runs)
  else if (runs.length > 0) await printLines(runTable(runs, Date.now(), noteOn(view)))
  if (runs.length === 0) say(`${id} is ${stateOf(view)}: no run is to come`)
  else if (view.state === 'paused' || view.state === 'inactive') say(`${id} is ${stateOf(view)}`)
}

async function history(rota: Desk, id: string, { limit, cursor, json }: Flags): Promise<void> {
  await findSchedule(rota, id)
  const most = limit === undefined ? historyLimit : numberFlag(limit)
  const options = { limit: most, ...(cursor !== undefined && { cursor }) }
  const { events, next } = await rota.schedules.history(id, options)
  if (json) await printJson(events)
  else if (events.length > 0) await printLines(historyTable(events))
  if (events.length === 0) say(`nothing is known of earlier slots of ${id}`)
  if (next !== null) say(`there may be more: --cursor ${next}`)
}

const historyTable = (events: readonly ScheduleEvent[]): string[] =>
  table(['SLOT', 'STATE', 'LATE', 'TOOK', 'JOB', 'WHY'], events.map(historyRow))

function historyRow(event: ScheduleEvent): string[] {
  const span = (ms: number | null) => (ms === null ? '-' : lasting(ms))
  if (event.kind === 'run') {
    const { slot, state, lateBy, took, job, reason, triggered, missed } = event
    const why = [
      ...(triggered ? ['triggered'] : []),
      ...(missed > 0 ? [`stands for ${plural(missed, 'missed slot')}`] : []),
      ...(reason === null ? [] : [reason]),
    ]
    return [instant(slot), state, span(lateBy), span(took), job, why.join('; ')]
  }
  const { slot, from, count: slots, reason, message } = event
  const which = slots > 1 ? `${reason}: ${plural(slots, 'slot')} from ${instant(from)} on` : reason
  return [instant(slot), 'skipped', '-', '-', '-', message === null ? which : `${which}: ${message}`]
}
