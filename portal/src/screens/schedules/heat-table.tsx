import { cx } from '../../lib/cx.ts'
import { language } from '../../lib/language.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { fillOf, shadeOf, shortCount } from './steps.ts'

interface Day {
  /** `2026-11-22` */
  readonly id: string
  readonly weekday: string
  readonly date: string
  readonly total: number
  readonly hours: readonly number[]
}

export interface Grid {
  readonly days: readonly Day[]
  /** Where the present is. */
  readonly now: { readonly day: string; readonly hour: number }
}

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour)
const twoDigits = (hour: number): string => String(hour).padStart(2, '0')

/** Days of a zone are counted by the calendar, not by 24 hours. */
export function gridOf(from: string, counts: readonly number[], timeZone: string, now: number): Grid {
  const shown = (at: number) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at)
  const first = Date.parse(`${shown(Date.parse(from) + 3_600_000).slice(0, 10)}T12:00:00Z`)
  const words = (at: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language.get(), { timeZone: 'UTC', ...options }).format(at)
  const days = Array.from({ length: Math.floor(counts.length / 24) }, (_, i): Day => {
    const noon = first + i * 86_400_000
    const hours = counts.slice(i * 24, i * 24 + 24)
    return {
      id: new Date(noon).toISOString().slice(0, 10),
      weekday: words(noon, { weekday: 'short' }),
      date: words(noon, { day: 'numeric', month: 'short' }),
      total: hours.reduce((sum, n) => sum + n, 0),
      hours,
    }
  })
  const present = shown(now)
  return { days, now: { day: present.slice(0, 10), hour: Number(present.slice(11, 13)) } }
}

export interface HeatTableProps {
  readonly grid: Grid
  readonly steps: readonly number[]
  /** Days below each other; else beside each other. */
  readonly wide: boolean
}

export function HeatTable({ grid, steps, wide }: HeatTableProps) {
  const t = useTexts('schedules')
  return (
    <div role="region" tabIndex={0} aria-label={t('calendar.label')} className="overflow-x-auto px-4 py-3">
      <table className="tabular w-full table-fixed border-separate border-spacing-0.5 text-center text-xs">
        <caption className="sr-only">{t('calendar.what')}</caption>
        {wide ? <ByDay grid={grid} steps={steps} /> : <ByHour grid={grid} steps={steps} />}
      </table>
    </div>
  )
}

type Part = Omit<HeatTableProps, 'wide'>

function ByDay({ grid, steps }: Part) {
  const t = useTexts('schedules')
  return (
    <>
      <thead>
        <tr>
          <th scope="col" className="w-24 text-left font-medium text-faint">
            {t('calendar.day')}
          </th>
          {hoursOfDay.map((hour) => (
            <th key={hour} scope="col" className="py-1 font-medium text-faint">
              {twoDigits(hour)}
            </th>
          ))}
          <th scope="col" className="w-16 text-right font-medium text-faint">
            {t('calendar.total')}
          </th>
        </tr>
      </thead>
      <tbody>
        {grid.days.map((day) => (
          <tr key={day.id}>
            <th scope="row" className="whitespace-nowrap text-left font-normal">
              <span className="font-medium">{day.weekday}</span> <span className="text-faint">{day.date}</span>
            </th>
            {hoursOfDay.map((hour) => (
              <Hour key={hour} grid={grid} day={day} hour={hour} steps={steps} className="h-10" />
            ))}
            <td className="pl-2 text-right font-medium">{count(day.total)}</td>
          </tr>
        ))}
      </tbody>
    </>
  )
}

function ByHour({ grid, steps }: Part) {
  const t = useTexts('schedules')
  return (
    <>
      <thead>
        <tr>
          <th scope="col" className="w-9 text-left font-medium text-faint">
            <span className="sr-only">{t('calendar.hour')}</span>
          </th>
          {grid.days.map((day) => (
            <th key={day.id} scope="col" className="pb-1 font-medium">
              {day.weekday}
              <span className="block font-normal text-[11px] text-faint">
                <span aria-hidden>{Number(day.id.slice(8))}</span>
                <span className="sr-only">{day.date}</span>
              </span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {hoursOfDay.map((hour) => (
          <tr key={hour}>
            <th scope="row" className="text-left font-medium text-faint">
              {twoDigits(hour)}
            </th>
            {grid.days.map((day) => (
              <Hour key={day.id} grid={grid} day={day} hour={hour} steps={steps} className="h-7" />
            ))}
          </tr>
        ))}
        <tr>
          <th scope="row" className="pt-1 text-left font-medium text-faint">
            Σ<span className="sr-only"> {t('calendar.total')}</span>
          </th>
          {grid.days.map((day) => (
            <td key={day.id} className="pt-1 font-medium">
              {shortCount(day.total)}
            </td>
          ))}
        </tr>
      </tbody>
    </>
  )
}

interface HourProps {
  readonly grid: Grid
  readonly day: Day
  readonly hour: number
  readonly steps: readonly number[]
  readonly className: string
}

/** What is over has no number: only what is still due is counted. */
function Hour({ grid: { now }, day, hour, steps, className }: HourProps) {
  const t = useTexts('schedules')
  const n = day.hours[hour] ?? 0
  const isOver = day.id < now.day || (day.id === now.day && hour < now.hour)
  const isNow = day.id === now.day && hour === now.hour
  const at = `${day.weekday} ${day.date}, ${twoDigits(hour)}:00–${twoDigits(hour)}:59`
  return (
    <td
      title={isOver ? t('calendar.over', { at }) : t('calendar.cell', { at, count: n })}
      className={cx(
        'rounded-[4px]',
        className,
        isOver ? 'text-faint' : n === 0 ? 'bg-hover/60 text-faint' : 'text-ink',
        isNow && 'font-semibold outline-2 outline-accent outline-offset-[-1px]',
      )}
      style={{ background: fillOf(shadeOf(n, steps), steps.length) }}
    >
      {isOver ? (
        <>
          <span aria-hidden>·</span>
          <span className="sr-only">{t('calendar.past')}</span>
        </>
      ) : (
        shortCount(n)
      )}
    </td>
  )
}
