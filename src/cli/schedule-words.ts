/** A schedule in plain words: its policies a line each, its zone, its state. */
import type { ScheduleView } from '../index.ts'
import { describeCalendars } from '../schedule/calendar.ts'
import { parseCron } from '../schedule/cron/cron.ts'
import { parseNatural } from '../schedule/natural/natural.ts'
import { isSubDay } from '../schedule/natural/rule.ts'
import { zoneIn } from '../schedule/when.ts'
import { lasting } from './text.ts'

/** The zone whose clock counts: one in a natural expression goes before that of the schedule. */
export const zoneOf = ({ when, timezone }: ScheduleView): string => (when === null ? null : zoneIn(when)) ?? timezone

/** Its prose without the zone, for lists that have a column for that. */
export const proseOf = ({ prose, timezone }: ScheduleView): string => prose.replace(`, ${timezone}`, '')

export const stateOf = ({ state, reason }: ScheduleView): string => (reason === null ? state : `${state} (${reason})`)

const overlaps: Readonly<Record<ScheduleView['overlap'], string>> = {
  allow: 'allow: a run starts even while an earlier one is not over',
  skip: 'skip: a run is left out while an earlier one is not over',
  queue: 'queue: a run waits until the earlier ones are over',
  replace: 'replace: a run cancels the earlier ones that are not over',
}

const runOns: Readonly<Record<ScheduleView['runOn'], string>> = {
  one: 'one: one run for each slot, on any worker',
  every: 'every: one run for each slot on each live worker that serves the lane',
}

const gaps = {
  next: 'next: what the clock leaves out runs at the first moment after',
  skip: 'skip: what the clock leaves out does not run',
}

const repeats = {
  first: 'first: what the clock shows twice runs the first time',
  last: 'last: what the clock shows twice runs the second time',
  both: 'both: what the clock shows twice runs twice',
}

function misfireLine(misfire: ScheduleView['misfire']): string {
  if (misfire === 'skip') return 'skip: runs that were missed are left out'
  if (misfire === 'once') return 'once: one run stands for all that were missed'
  return `all:${misfire.all.max}: the latest ${misfire.all.max} runs that were missed are made up for`
}

/** Intervals below a day go by time as it passes, whatever the clock does. */
const isInterval = (when: NonNullable<ScheduleView['when']>): boolean =>
  'every' in when || ('natural' in when && isSubDay(parseNatural(when.natural).unit))

/** What nobody said depends on the expression. */
function dstLines({ when, dst }: ScheduleView): [string, string][] {
  if (when === null || isInterval(when)) return []
  const followsClock = 'cron' in when && parseCron(when.cron, when.dialect).followsClock
  const { gap, repeat } = {
    gap: followsClock ? 'skip' : 'next',
    repeat: followsClock ? 'both' : 'first',
    ...dst,
  } as const
  return [
    ['dst gap', gaps[gap]],
    ['dst repeat', repeats[repeat]],
  ]
}

const jitterLine = ({ min, max }: { readonly min: number; readonly max: number }): string =>
  min === max
    ? `${lasting(max)}: each run starts so much later`
    : `${lasting(min)}..${lasting(max)}: each run starts so much later, by chance`

export function policyLines(view: ScheduleView): [string, string][] {
  const { overlap, misfire, runOn, jitter, exclude } = view
  return [
    ['overlap', overlaps[overlap]],
    ['misfire', misfireLine(misfire)],
    ['run on', runOns[runOn]],
    ...dstLines(view),
    ['jitter', jitter === null ? 'none' : jitterLine(jitter)],
    ...exclude.map((one): [string, string] => ['exclude', describeCalendars([one]).replace(', except ', '')]),
  ]
}

/** Why a run that its times would have will not be, as things are now. */
export function noteOn({ state, resumesAt }: ScheduleView): string {
  if (state === 'inactive') return 'not while it is inactive'
  return state === 'paused' && resumesAt === null ? 'not while it is paused' : ''
}
