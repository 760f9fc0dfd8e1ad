/** How many runs are due in each hour of the next days: where it gets crowded, and where there is room. */
import { useSyncExternalStore } from 'react'
import { type Output, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { useNow, useZone } from '../../lib/time.ts'
import { Card, Empty, Loaded } from '../../ui/page.tsx'
import { type Grid, gridOf, HeatTable } from './heat-table.tsx'
import { NewLink } from './screen.tsx'
import { fillOf, stepsFor } from './steps.ts'

const days = 7
const wide = matchMedia('(min-width: 1280px)')
const watchWidth = (listener: () => void) => {
  wide.addEventListener('change', listener)
  return () => wide.removeEventListener('change', listener)
}

export function Calendar() {
  const t = useTexts('schedules')
  const timezone = useZone()
  const density = useRead('schedules.density', { days, timezone })
  return (
    <Card title={t('calendar.title', { days, zone: timezone })} flush>
      <div className="min-h-[26rem]">
        <Loaded of={density} rows={9}>
          {(data) => <Filled density={data} zone={timezone} />}
        </Loaded>
      </div>
    </Card>
  )
}

interface FilledProps {
  readonly density: Output<'schedules.density'>
  readonly zone: string
}

function Filled({ density, zone }: FilledProps) {
  const t = useTexts('schedules')
  const isWide = useSyncExternalStore(watchWidth, () => wide.matches)
  const minute = Math.floor(useNow() / 60_000) * 60_000
  const { hours, capped, more } = density
  const most = Math.max(0, ...hours)
  if (most === 0)
    return (
      <Empty kind="nothing" title={t('calendar.none')}>
        <p className="mb-4">{t('calendar.noneText')}</p>
        <NewLink />
      </Empty>
    )
  const steps = stepsFor(hours)
  const grid: Grid = gridOf(density.from, hours, zone, minute)
  return (
    <>
      <HeatTable grid={grid} steps={steps} wide={isWide} />
      <div className="space-y-2 border-line border-t px-4 py-3 text-soft text-xs">
        <Legend steps={steps} />
        <p>{t('calendar.what')}</p>
        {capped.length > 0 && (
          <p className="break-words text-warn">{t('calendar.capped', { ids: capped.slice(0, 10).join(', ') })}</p>
        )}
        {more && <p className="text-warn">{t('calendar.more')}</p>}
      </div>
    </>
  )
}

function Legend({ steps }: { readonly steps: readonly number[] }) {
  const t = useTexts('schedules')
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span>{t('calendar.legend')}</span>
      {steps.map((end, i) => {
        const first = (steps[i - 1] ?? 0) + 1
        return (
          <span key={end} className="tabular inline-flex items-center gap-1.5">
            <span
              className="size-3.5 rounded-sm border border-line-strong"
              style={{ background: fillOf(i + 1, steps.length) }}
            />
            {first === end ? end : `${first}–${end}`}
          </span>
        )
      })}
    </p>
  )
}
