/** `rota schedules pause | resume | reset | trigger | delete`. */
import type { Command } from 'commander'
import type { ScheduleView } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk } from './desk.ts'
import { untilOver } from './enqueue.ts'
import { reportError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { durationFlag, instantFlag } from './flags.ts'
import { whole } from './list-schedules.ts'
import { print, printJson, say } from './output.ts'
import { findSchedule } from './show-schedule.ts'
import { instant, relative } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly reason?: string
  readonly for?: string
  readonly until?: string
  readonly wait?: boolean
  readonly json?: boolean
}

type Edit = (rota: Desk, id: string, flags: Flags) => Promise<void>

function add(schedules: Command, name: string, about: string, example: string, edit: Edit): Command {
  return schedules
    .command(name)
    .description(about)
    .argument('<id>', 'id of the schedule')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  $ rota schedules ${example}`)
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, (rota) => edit(rota, id, flags), 'demo')
    })
}

export function addScheduleEdits(schedules: Command): void {
  add(
    schedules,
    'pause',
    'let nothing of it run any more; what runs goes on, what is left out is recorded as skipped',
    'pause daily-report --reason "the bank is closed" --for 2d',
    pause,
  )
    .option('--reason <text>', 'shown to whoever looks (default: paused)')
    .option('--for <duration>', 'it goes on by itself after this long, such as 2h (default: until it is resumed)')
    .option('--until <instant>', 'it goes on by itself at this instant, such as 2027-01-31T09:00:00Z')
  add(schedules, 'resume', 'let a paused schedule go on with its next slot', 'resume daily-report', resume)
  add(
    schedules,
    'trigger',
    'let it run once now, beside its slots, also when it is paused or over',
    'trigger daily-report --wait',
    trigger,
  ).option('--wait', 'wait until the run is over and print its result')
  add(
    schedules,
    'reset',
    'take away what people changed of a schedule that comes from the code',
    'reset default:maint:cleanup',
    reset,
  )
}

async function pause(rota: Desk, id: string, flags: Flags): Promise<void> {
  const { reason, for: delay, until } = flags
  const view = await rota.schedules.pause(id, {
    ...(reason !== undefined && { reason }),
    ...(delay !== undefined && { for: durationFlag(delay) }),
    ...(until !== undefined && { until: instantFlag(until, '--until', '--for') }),
  })
  await tell(view, 'paused', flags)
}

async function resume(rota: Desk, id: string, flags: Flags): Promise<void> {
  const { state } = await findSchedule(rota, id)
  const view = await rota.schedules.resume(id)
  await tell(view, state === 'active' ? 'unchanged' : 'resumed', flags)
  if (state === 'active') say(`${id} was not paused`)
}

async function reset(rota: Desk, id: string, flags: Flags): Promise<void> {
  const { changed } = await findSchedule(rota, id)
  const view = await rota.schedules.reset(id)
  await tell(view, changed ? 'reset' : 'unchanged', flags)
  if (!changed) say(`nobody has changed ${id} over what the code says`)
}

async function tell(view: ScheduleView, status: string, { json }: Flags): Promise<void> {
  if (json) return printJson(whole(view))
  await print(`${view.id} ${status}\n`)
  sayWhen(view)
}

/** When it runs next, or goes on. */
export function sayWhen({ state, nextAt, resumesAt }: ScheduleView): void {
  const at = nextAt ?? resumesAt
  if (at !== null) say(`${nextAt === null ? 'it goes on' : 'next run'} ${instant(at)} (${relative(at, Date.now())})`)
  else if (state === 'paused') say('it goes on when it is resumed')
  else if (state === 'completed') say('it is over: no run is to come')
}

async function trigger(rota: Desk, id: string, flags: Flags): Promise<void> {
  const stored = await rota.schedules.trigger(id)
  if (stored.id === null) {
    if (flags.json) await printJson(stored)
    say(`rota: nothing was stored: an earlier run of ${id} is not over, and its overlap is skip [conflict]`)
    process.exitCode = exitCodes.conflict
    return
  }
  if (flags.wait !== true) return flags.json ? printJson(stored) : print(`${stored.id} ${stored.status}\n`)
  const begun = () => say(`${stored.status} ${stored.id}; waiting for its end`)
  const output = (await untilOver(rota, stored.id, { begun })) ?? null
  await printJson(flags.json ? { ...stored, output } : output)
}

export function addDeleteSchedules(schedules: Command): void {
  schedules
    .command('delete')
    .description('forget schedules; jobs that they have stored stay, and will run')
    .argument('<id...>', 'ids of the schedules')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota schedules delete renew-sub_123 renew-sub_124')
    .action(async (ids: string[], _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withDesk(flags, async (rota) => {
        process.exitCode = await deleteAll(rota, ids, flags)
      })
    })
}

/** The exit code: of the first that failed, or 0. */
async function deleteAll(rota: Desk, ids: readonly string[], { json }: Flags): Promise<number> {
  const done: unknown[] = []
  let code: number = exitCodes.ok
  for (const id of new Set(ids)) {
    try {
      const { origin } = await findSchedule(rota, id)
      const deleted = await rota.schedules.delete(id)
      if (json) done.push(deleted)
      else await print(`${deleted.id} ${deleted.status}\n`)
      if (origin === 'code') say(`${id} stands in the code, and comes back with a worker that has it`)
    } catch (error) {
      const failed = reportError(error)
      code = code === exitCodes.ok ? failed : code
    }
  }
  if (json) await printJson(done)
  return code
}
