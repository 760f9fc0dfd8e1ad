/** When and how a schedule runs, as flags. */
import type { Command } from 'commander'
import { type Calendar, type CronDialect, type Misfire, RotaError, type ScheduleTiming, type When } from '../index.ts'
import { show } from '../job/errors.ts'
import { durationFlag, gathered, instantFlag, listFlag, numberFlag } from './flags.ts'
import { whenFlag } from './when.ts'

export interface TimingFlags {
  readonly cron?: string
  readonly natural?: string
  readonly every?: string
  readonly dailyAt?: string
  readonly when?: string
  readonly dialect?: string
  readonly tz?: string
  readonly dstGap?: string
  readonly dstRepeat?: string
  readonly startsAt?: string
  readonly endsAt?: string
  readonly maxRuns?: string
  readonly overlap?: string
  readonly misfire?: string
  readonly jitter?: string
  readonly runOn?: string
  readonly excludeDates?: string
  readonly excludeWeekdays?: string
  readonly excludeCron?: readonly string[]
  readonly outside?: string
}

export function addTimingFlags(command: Command): void {
  command
    .option('--cron <expression>', '5, 6 (seconds first) or 7 fields (a year last), or @daily and its like')
    .option('--natural <text>', 'such as "every weekday at 9am"')
    .option('--every <interval>', 'such as 5m; at least 1s')
    .option('--daily-at <times>', 'by a 24-hour clock, such as 09:00,18:00')
    .option('--when <text>', 'cron, natural language or an interval, whichever it is')
    .option('--dialect <name>', 'how cron is read: vixie or quartz (default: vixie)')
    .option('--tz <zone>', 'time zone, such as Europe/Rome (default: UTC)')
    .option('--dst-gap <what>', 'what a change of the clock leaves out: next moment after, or skip (default: next)')
    .option('--dst-repeat <which>', 'of what it shows twice run the first, the last or both (default: first)')
    .option('--starts-at <instant>', 'run from then on; intervals count from it (default: now)')
    .option('--ends-at <instant>', 'do not run any more from then on (default: never)')
    .option('--max-runs <n>', 'it is over after so many runs')
    .option('--overlap <policy>', 'while an earlier run is not over: allow, skip, queue or replace (default: allow)')
    .option('--misfire <policy>', 'of runs that were missed: skip, once, or all:100 for the latest (default: once)')
    .option('--jitter <range>', 'each run starts later by chance: by up to 30s, or by 10s..30s')
    .option('--run-on <where>', 'one run for each slot, or one on every worker that serves the lane: one, every')
    .option('--exclude-dates <dates>', 'not on these: 2027-12-24, or 12-25 for every year; commas between several')
    .option('--exclude-weekdays <days>', 'not on these, such as sat,sun')
    .option('--exclude-cron <expression>', 'not in the minutes that it names; as often as needed', gathered)
    .option('--outside <from-to>', 'not outside of these times of the day, such as 09:00-17:00')
}

/** @throws RotaError `option_invalid`, `instant_invalid`: what the library does not check, because only flags are written like that */
export function timingOptions(flags: TimingFlags): ScheduleTiming {
  const { tz, dstGap, dstRepeat, startsAt, endsAt, maxRuns, overlap, misfire, jitter, runOn } = flags
  const dst = { ...(dstGap !== undefined && { gap: dstGap }), ...(dstRepeat !== undefined && { repeat: dstRepeat }) }
  const exclude = calendarsOf(flags)
  return {
    when: whenOf(flags),
    ...(tz !== undefined && { timezone: tz }),
    ...(Object.keys(dst).length > 0 && { dst: dst as NonNullable<ScheduleTiming['dst']> }),
    ...(startsAt !== undefined && { startsAt: instantFlag(startsAt, '--starts-at') }),
    ...(endsAt !== undefined && { endsAt: instantFlag(endsAt, '--ends-at') }),
    ...(maxRuns !== undefined && { maxRuns: numberFlag(maxRuns) }),
    ...(overlap !== undefined && { overlap: overlap as NonNullable<ScheduleTiming['overlap']> }),
    ...(misfire !== undefined && { misfire: misfireOf(misfire) }),
    ...(jitter !== undefined && { jitter: jitterOf(jitter) }),
    ...(runOn !== undefined && { runOn: runOn as NonNullable<ScheduleTiming['runOn']> }),
    ...(exclude.length > 0 && { exclude }),
  }
}

/** The expression that was typed for an option which an error names. */
export function expressionOf(flags: TimingFlags, field: string): string | undefined {
  const { cron, natural, when, excludeCron = [] } = flags
  if (field.startsWith('when')) return cron ?? natural ?? when
  const excluded = /^exclude\[(\d+)\]\.cron$/.exec(field)?.[1]
  return excluded === undefined ? undefined : excludeCron[Number(excluded)]
}

function whenOf({ cron, natural, every, dailyAt, when, dialect }: TimingFlags): When {
  const kinds: readonly (When | undefined)[] = [
    cron === undefined ? undefined : { cron, ...(dialect !== undefined && { dialect: dialect as CronDialect }) },
    natural === undefined ? undefined : { natural },
    every === undefined ? undefined : { every: durationFlag(every) },
    dailyAt === undefined ? undefined : { dailyAt: listFlag(dailyAt, '--daily-at', 'time') },
    when === undefined ? undefined : whenFlag(when, dialect),
  ]
  const [given, ...others] = kinds.filter((kind) => kind !== undefined)
  if (given === undefined || others.length > 0)
    throw invalid(
      'when',
      `give ${given === undefined ? '' : 'only '}one of --cron, --natural, --every, --daily-at and --when.`,
    )
  if (dialect !== undefined && cron === undefined && when === undefined)
    throw invalid('dialect', '--dialect tells how --cron is read; without that it has no meaning.')
  return given
}

function misfireOf(text: string): Misfire {
  if (text === 'skip' || text === 'once') return text
  const max = /^all:(\d+)$/.exec(text)?.[1]
  if (max !== undefined) return { all: { max: Number(max) } }
  throw invalid(
    'misfire',
    `--misfire: ${show(text)} is not allowed. Write skip, once, or all:100 with a number from 1 to 1000.`,
  )
}

function jitterOf(text: string): NonNullable<ScheduleTiming['jitter']> {
  const [min = '', max, ...more] = text.split('..')
  if (more.length > 0) throw invalid('jitter', `--jitter: ${show(text)} is no range. Write 30s, or 10s..30s.`)
  return max === undefined ? durationFlag(min) : { min: durationFlag(min), max: durationFlag(max) }
}

/** Those of cron first, so that the place in the list tells which of them an error is about. */
function calendarsOf({ excludeDates, excludeWeekdays, excludeCron = [], outside }: TimingFlags): Calendar[] {
  return [
    ...excludeCron.map((cron) => ({ cron })),
    ...(excludeDates === undefined ? [] : [{ dates: listFlag(excludeDates, '--exclude-dates', 'date') }]),
    ...(excludeWeekdays === undefined
      ? []
      : [{ weekdays: listFlag(excludeWeekdays, '--exclude-weekdays', 'weekday') } as Calendar]),
    ...(outside === undefined ? [] : [{ outside: windowOf(outside) }]),
  ]
}

function windowOf(text: string): [from: string, to: string] {
  const [from, to, ...more] = text.split('-')
  if (from !== undefined && to !== undefined && more.length === 0) return [from.trim(), to.trim()]
  throw invalid('outside', `--outside: ${show(text)} is not two times of the day. Write 09:00-17:00.`)
}

const invalid = (field: string, message: string): RotaError => new RotaError('option_invalid', message, { field })
