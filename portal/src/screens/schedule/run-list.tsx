import { TriangleAlert } from 'lucide-react'
import { useMemo } from 'react'
import { language } from '../../lib/language.ts'
import { useTexts } from '../../lib/texts.ts'
import { absolute, useZone } from '../../lib/time.ts'
import { Countdown } from '../../ui/time.tsx'
import { Tip } from '../../ui/tip.tsx'
import type { Run } from './model.ts'

interface Props {
  readonly label: string
  readonly runs: readonly Run[]
}

/** The next runs, by the clock of their schedule; where that clock is changed a sentence says what becomes of the run. */
export function RunList({ label, runs }: Props) {
  const seconds = runs.some(({ local }) => localPattern.exec(local)?.[2]?.endsWith(':00') === false)
  return (
    <ol aria-label={label} className="tabular divide-y divide-line text-[13px]">
      {runs.map((run) => (
        <RunLine key={run.at} run={run} seconds={seconds} />
      ))}
    </ol>
  )
}

/** `2027-03-28T03:00:00.000+02:00` */
const localPattern = /^(\S+)T(\d\d:\d\d:\d\d)(?:\.\d+)?(\S+)$/

interface LineProps {
  readonly run: Run
  /** Some of them are not at a full minute. */
  readonly seconds: boolean
}

function RunLine({ run: { at, local, shift }, seconds }: LineProps) {
  const t = useTexts('schedule')
  const zone = useZone()
  const [, date = local, time = '', offset = ''] = localPattern.exec(local) ?? []
  const weekday = useMemo(
    () =>
      new Intl.DateTimeFormat(language.get(), { timeZone: 'UTC', weekday: 'short' }).format(
        new Date(`${date}T12:00:00Z`),
      ),
    [date],
  )
  return (
    <li className="py-1.5">
      <span className="flex items-baseline gap-2">
        <Tip text={absolute(at, zone, { withZone: true })}>
          <time dateTime={at} className="min-w-0 flex-1">
            <span className="inline-block w-9 text-faint">{weekday}</span>
            {date} <span className="font-medium">{seconds ? time : time.slice(0, 5)}</span>
            <span className="ml-1.5 text-faint text-xs">{offset === 'Z' ? 'UTC' : offset}</span>
          </time>
        </Tip>
        <span className="text-faint text-xs">
          <Countdown to={at} />
        </span>
      </span>
      {shift !== null && (
        <span className="mt-1 flex items-start gap-1.5 rounded bg-warn-soft px-2 py-1 text-warn text-xs">
          <TriangleAlert className="mt-px size-3.5 shrink-0" aria-hidden />
          {t(`shift.${shift}`, { time: time.slice(0, 5) })}
        </span>
      )}
    </li>
  )
}
