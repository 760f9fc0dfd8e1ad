/** The items of a sentence, put together: which belong to each other, and which are said instead of each other. */
import type { Cursor } from './cursor.ts'
import type { Item } from './items.ts'
import { readTime } from './items.ts'
import { type Place, refuse, type Source } from './refuse.ts'
import { type MonthDay, mergeRuns, type NamedDate, type Run } from './rule.ts'

type Kind = Item['kind']

interface Group {
  weekdays: number[]
  days: MonthDay[]
  dates: NamedDate[]
  months: number[]
  times: number[]
  readonly place: Place
}

export interface Runs {
  readonly groups: Group[]
  /** What the list that is being read holds; null where none can go on. */
  last: Kind | null
  /** Whether a bare number in that list is an hour. */
  hours: boolean
}

export const createRuns = (): Runs => ({ groups: [], last: null, hours: false })

const nouns: Record<Kind, string> = {
  weekdays: 'a weekday',
  days: 'a day of the month',
  dates: 'a date',
  months: 'a month',
  times: 'a time',
}
const isDayKind = (kind: Kind) => kind === 'weekdays' || kind === 'days' || kind === 'dates'

/**
 * @param link `phrase`: one more condition of what was said. `list`: behind `and` or a comma, so either more of the same, or
 * something instead of it
 */
export function addItem(runs: Runs, cursor: Cursor, item: Item, link: 'phrase' | 'list'): void {
  const group = runs.groups.at(-1)
  const ownTime = isDayKind(item.kind) ? readOwnTime(cursor) : null
  if (group === undefined) runs.groups.push(groupOf(item))
  else if (link === 'phrase') addCondition(runs, group, item, cursor.source)
  else addToList(runs, group, item, cursor.source, ownTime !== null)
  runs.last = item.kind
  if (ownTime === null) return
  const own = runs.groups.at(-1) as Group
  if (own.times.length > 0)
    refuse(cursor.source, ownTime.place, 'is a second time for the same day; write "and" before it.')
  own.times.push(ownTime.value)
  runs.last = 'times'
}

/** The time right behind a day: `Mon 2pm`. */
function readOwnTime(cursor: Cursor): { value: number; place: Place } | null {
  const place = cursor.tokens[cursor.at] as Place
  const value = readTime(cursor)
  return value === null ? null : { value, place }
}

const emptyGroup = (place: Place): Group => ({ weekdays: [], days: [], dates: [], months: [], times: [], place })

const append = (group: Group, { kind, values }: Item): void => void (group[kind] as unknown[]).push(...values)

function groupOf(item: Item): Group {
  const group = emptyGroup(item.place)
  append(group, item)
  return group
}

/** `… at 9am`: of the group that was read last, and of those before it that wait for one. */
function addCondition({ groups }: Runs, group: Group, item: Item, source: Source): void {
  if (group[item.kind].length > 0)
    refuse(
      source,
      item.place,
      `is ${nouns[item.kind]} once more; write all of them in one list, as in "on Monday and Friday".`,
    )
  append(group, item)
  if (isDayKind(item.kind)) return
  for (let i = groups.length - 2; i >= 0 && (groups[i] as Group)[item.kind].length === 0; i--)
    append(groups[i] as Group, item)
}

function addToList(runs: Runs, group: Group, item: Item, source: Source, hasOwnTime: boolean): void {
  const isSame = runs.last === item.kind
  if (runs.last === null)
    refuse(
      source,
      item.place,
      'could belong to what stands before the window, or be something else; write the window at the end.',
    )
  if (isSame && hasOwnTime && group.times.length === 0)
    refuse(source, item.place, 'has a time and the one before it has none; for one time of both write "at" before it.')
  if (isSame) return append(group, item)
  if (item.kind === 'months' || (runs.last === 'months' && group.times.length === 0 && !isDayKind(item.kind)))
    refuse(
      source,
      item.place,
      `is ${nouns[item.kind]} in a list that holds ${nouns[runs.last]}; write months by themselves, as in "on 1st and 15th in January".`,
    )
  runs.groups.push(groupOf(item))
}

/** Every group as a run, where all of them are said as fully as each other. */
export function runsOf({ groups }: Runs, source: Source): Run[] {
  if (groups.length === 0) groups.push(emptyGroup({ at: 0, text: '' }))
  for (const [kind, kinds] of [
    ['a day', ['weekdays', 'days', 'dates']],
    ['a month', ['months', 'dates']],
    ['a time', ['times']],
  ] as const) {
    const has = (group: Group) => kinds.some((one) => group[one].length > 0)
    const without = groups.find((group) => !has(group))
    if (without && groups.some(has))
      refuse(
        source,
        without.place,
        `has no ${kind.slice(2)} of its own, and others have; say it for each, or once for all of them.`,
      )
  }
  for (const { dates, days, months, place } of groups) {
    if (dates.length > 0 && months.length > 0) refuse(source, place, 'is a date, which has its month already.')
    if (dates.length > 0 && days.length > 0) refuse(source, place, 'is a date and a day of the month at once.')
  }
  return mergeRuns(
    groups.map(({ weekdays, days, dates, months, times }) => ({
      weekdays: orNull(weekdays),
      days: orNull(days),
      dates: orNull(dates),
      months: orNull(months),
      times: orNull(times),
    })),
  )
}

const orNull = <T>(values: readonly T[]): readonly T[] | null => (values.length === 0 ? null : values)
