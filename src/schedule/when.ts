/** What a schedule says about its times: an interval, cron, natural language or times of the day, in one plain form. */
import type { Duration, Instant } from '../job/duration.ts'
import { parseDuration, parseInstant } from '../job/duration.ts'
import { isRotaError, RotaError, show } from '../job/errors.ts'
import { checkOptions, oneOf, text } from '../job/options.ts'
import { onTheClock } from './clock.ts'
import { type CronDialect, cronDialects, parseCron } from './cron/cron.ts'
import { describeDaily, parseTimes } from './daily.ts'
import { describeInterval, everyInterval } from './interval.ts'
import { describeNatural, naturalSequence, parseNatural } from './natural/natural.ts'
import type { Dst, Sequence } from './sequence.ts'
import { timesOf, wallPattern } from './wall.ts'
import type { Zone } from './zone.ts'

/** When something runs again and again. A bare string is cron or natural language, whichever it is. */
export type When =
  | string
  /** At least 1 s; counted from `anchor`, otherwise from the start of the schedule. */
  | { readonly every: Duration; readonly anchor?: Instant }
  /** 5, 6 (seconds first) or 7 fields (a year last), or `@daily` and its like. @default dialect 'vixie' */
  | { readonly cron: string; readonly dialect?: CronDialect }
  /** `'every weekday at 9am'` */
  | { readonly natural: string }
  /** `'09:00'`, `['09:00:00', '18:30']` */
  | { readonly dailyAt: string | readonly string[] }

/** The same, checked and in one form, as it is stored. */
export type PlainWhen =
  | { readonly every: number; readonly anchor?: number }
  | { readonly cron: string; readonly dialect?: CronDialect }
  | { readonly natural: string }
  | { readonly dailyAt: readonly string[] }

const examples =
  "Write { every: '5m' }, { cron: '0 9 * * 1-5' }, { natural: 'every weekday at 9am' } or { dailyAt: ['09:00'] }"

/** @throws RotaError `schedule_invalid`, naming the place in the expression and the nearest thing that would be understood */
export function checkWhen(value: unknown, field: string): PlainWhen {
  if (typeof value === 'string') return ofText(value, field)
  const kinds = { every: 'every', cron: 'cron', natural: 'natural', dailyAt: 'dailyAt' } as const
  const has = (name: string) => typeof value === 'object' && value !== null && name in value
  const given = Object.keys(kinds).filter(has)
  if (given.length !== 1) {
    const why =
      given.length > 1 ? `${given.join(' and ')} do not go together` : `${show(value)} says nothing about time`
    throw new RotaError('schedule_invalid', `${field}: ${why}. ${examples}.`, { field })
  }
  for (const [name, kind] of Object.entries({ anchor: 'every', dialect: 'cron' }))
    if (has(name) && given[0] !== kind) {
      const message = `${field}: "${name}" goes with "${kind}" only, not with "${given[0]}". ${examples}.`
      throw new RotaError('schedule_invalid', message, { field: `${field}.${name}` })
    }
  const checked = checkOptions(field, value, {
    every: (every, name) => interval(every, `${field}.${name}`),
    anchor: (anchor, name) => parseInstant(anchor, `${field}.${name}`),
    cron: (cron, name) => text(500)(cron, `${field}.${name}`),
    dialect: oneOf(cronDialects),
    natural: (natural, name) => text(500)(natural, `${field}.${name}`),
    dailyAt: (times, name) => {
      parseTimes(times, `${field}.${name}`)
      return [times as string | string[]].flat()
    },
  }) as PlainWhen
  understand(checked, 'cron' in checked ? `${field}.cron` : `${field}.natural`)
  return checked
}

function interval(value: unknown, field: string): number {
  const every = parseDuration(value, field)
  if (every >= 1_000) return every
  throw new RotaError('schedule_invalid', `${field}: ${show(value)} is too short. The least is '1s'.`, { field })
}

/** Throws where an expression is not understood. @param field where it stands */
function understand(when: PlainWhen, field: string): void {
  if ('cron' in when) parseCron(when.cron, when.dialect, field)
  if ('natural' in when) parseNatural(when.natural, field)
}

/** Meant as cron: a name of it, or several words that begin with a digit or `*`. English has one or two such, at most. */
const cronLike = /^\s*(@[a-z]+\s*$|([\d*?]\S*\s+){2})/

function ofText(value: string, field: string): PlainWhen {
  const [asCron, asNatural] = [{ cron: value }, { natural: value }]
  if (value.length > 500) throw new RotaError('schedule_invalid', `${field}: longer than 500 characters.`, { field })
  const errors: RotaError[] = []
  for (const when of [asCron, asNatural]) {
    try {
      understand(when, field)
      return when
    } catch (error) {
      if (!isRotaError(error)) throw error
      errors.push(error)
    }
  }
  throw errors[cronLike.test(value) ? 0 : 1]
}

/** The zone that an expression names itself, or null. */
export const zoneIn = (when: PlainWhen): string | null =>
  'natural' in when ? parseNatural(when.natural).timezone : null

export interface Place {
  readonly zone: Zone
  readonly dst: Dst
  /** Milliseconds since 1970: where intervals count from. */
  readonly start: number
}

/** Times that are said to be at an hour keep to it; what runs in every hour follows the clock as it runs. */
const dstOfTimes = { gap: 'next', repeat: 'first' } as const
const dstOfClock = { gap: 'skip', repeat: 'both' } as const
const everyDay = { daysIn: () => 2 ** 31 - 1 }

export function sequenceOf(when: PlainWhen, { zone, dst, start }: Place): Sequence {
  if ('every' in when) return everyInterval(when.every, when.anchor ?? start)
  if ('natural' in when)
    return naturalSequence(parseNatural(when.natural), { zone, dst: { ...dstOfTimes, ...dst }, start })
  if ('cron' in when) {
    const { wall, followsClock } = parseCron(when.cron, when.dialect)
    return onTheClock(wall, zone, { ...(followsClock ? dstOfClock : dstOfTimes), ...dst })
  }
  const times = parseTimes(when.dailyAt, 'dailyAt')
  return onTheClock(wallPattern(everyDay, timesOf(times)), zone, { ...dstOfTimes, ...dst })
}

/** In plain English, without the zone. */
export function describeWhen(when: PlainWhen): string {
  if ('every' in when) return describeInterval(when.every)
  if ('cron' in when) return parseCron(when.cron, when.dialect).describe()
  if ('natural' in when) return describeNatural(parseNatural(when.natural))
  return describeDaily(parseTimes(when.dailyAt, 'dailyAt'))
}
