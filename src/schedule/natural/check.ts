/** What no sentence may ask for: combinations with two meanings, or without any, and what can never run. */

import { keptTimes } from './day-parts.ts'
import { canRunOnSomeDay } from './days.ts'
import type { Draft } from './draft.ts'
import { gridOfRule, gridTimes } from './grid.ts'
import { refuse } from './refuse.ts'
import { isSubDay, type NaturalRule, type Run } from './rule.ts'

export function checkRule(draft: Draft, rule: NaturalRule): NaturalRule {
  const place = draft.interval?.place ?? { at: 0, text: '' }
  const no = (why: string) => refuse(draft.cursor.source, place, why)
  const { unit } = rule
  for (const run of rule.runs) {
    if (isSubDay(unit) && run.times !== null)
      no('takes no time of day; write "every day at …" for that time, or "from …" for where it begins.')
    if (unit === 'week' && (run.days !== null || run.dates !== null))
      no('takes weekdays only; write "every month on …" or "every year on …" for such a day.')
    if (unit === 'month') checkMonthly(run, no)
    if (unit === 'year') checkYearly(run, no)
  }
  checkAnchor(draft, rule)
  if (rule.runs.some((run) => !canRunOnSomeDay(rule, run))) no('can never run: there is no such day.')
  if (isSubDay(unit)) {
    const grid = gridOfRule(rule)
    if (grid !== null && gridTimes(grid, rule.windows).length === 0)
      no('can never run: none of its moments is inside of the window.')
  } else if (rule.runs.some((run) => keptTimes(rule, run).length === 0)) {
    const without = rule.runs.some((run) => run.times === null)
    no(
      without
        ? `can never run: without a time it runs at 00:00, which is outside of the window. Write "at …", or "every hour".`
        : 'can never run: its times are outside of the window.',
    )
  }
  return rule
}

function checkMonthly(run: Run, no: (why: string) => never): void {
  if (run.dates !== null) no('takes no dates; write "every year on …" for a date.')
  if (run.weekdays !== null && run.days === null)
    no('could mean all such days of the month or one; write "every week on Monday", or "every month on first Monday".')
}

function checkYearly(run: Run, no: (why: string) => never): void {
  if (run.dates !== null) return
  if (run.months !== null && run.days === null)
    no('says no day of its month; write "every year on January 1st", or "every month in January".')
  if (run.days !== null && run.months === null)
    no('says no month of its day; write "every year on January 1st", or "every month on 1st".')
  if (run.weekdays !== null && run.days === null)
    no(
      'could mean all such days of the year or one; write "every week on Monday", or "every year on first Monday in January".',
    )
}

function checkAnchor(draft: Draft, { unit, every, anchor, runs }: NaturalRule): void {
  if (anchor === null || draft.anchor === null) return
  const { source } = draft.cursor
  const seconds = { second: 1, minute: 60, hour: 3_600, day: 0, week: 0, month: 0, year: 0 }[unit] * every
  if (seconds >= 86_400)
    refuse(
      source,
      draft.anchor.place,
      'has no meaning here: such an interval counts from the start of the schedule. Write it in days.',
    )
  const isWeekday = unit === 'week' && runs.every((run) => run.weekdays === null)
  if (every === 1 && !isWeekday) refuse(source, draft.anchor.place, `has no meaning here: every ${unit} is one.`)
  if (unit === 'week' && anchor.kind === 'number' && runs.some((run) => run.weekdays !== null))
    refuse(
      source,
      draft.anchor.place,
      'names a weekday, and so does the rest; anchor weeks on a date, as in "2027-01-04".',
    )
}
