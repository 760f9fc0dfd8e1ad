/** Four numbers: what waits and runs now, what succeeded and failed in the chosen time. */
import { Link } from '@tanstack/react-router'
import { ArrowDown, ArrowRight, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { useRead } from '../../data/read.ts'
import { useSlowNow } from '../../data/slow.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { type JobState, StateIcon, stateColor } from '../../ui/state.tsx'
import { Spark } from './spark.tsx'
import { changeOf, rateOf, type Seen } from './stats.ts'
import { rateText } from './words.ts'

export function Figures({ seen }: { readonly seen: Seen }) {
  const t = useTexts('overview')
  const counts = useRead('jobs.counts', undefined).data
  const lanes = useRead('lanes.list', undefined).data?.lanes
  const stats = seen.now.data
  const slots = lanes?.reduce((sum, { concurrency }) => sum + concurrency, 0)
  const inState = (state: JobState) => (counts === undefined ? undefined : (counts.counts[state] ?? 0))
  const shown = (state: JobState) => {
    const n = inState(state)
    return n === undefined ? '–' : `${count(n)}${n >= (counts?.cappedAt ?? 0) ? '+' : ''}`
  }
  const ended = (what: 'succeeded' | 'failed') => (stats === undefined ? '–' : count(stats.totals[what]))
  const depth = (what: 'waiting' | 'running') => stats?.points.map((point) => point[what]) ?? []
  return (
    <div className="grid grid-cols-2 gap-3">
      <Figure
        state="ready"
        name={t('figure.waiting')}
        value={shown('ready')}
        filter="state:ready"
        spark={depth('waiting')}
      >
        {counts && t('figure.later', { scheduled: shown('scheduled'), blocked: shown('blocked') })}
      </Figure>
      <Figure
        state="running"
        name={t('figure.running')}
        value={shown('running')}
        filter="state:running"
        spark={depth('running')}
      >
        {slots !== undefined && t('figure.slots', { count: slots })}
      </Figure>
      {(['succeeded', 'failed'] as const).map((what) => (
        <Figure
          key={what}
          state={what}
          name={t(`figure.${what}`, { range: t(`range.short.${seen.range.id}`) })}
          value={ended(what)}
          filter={`state:${what}`}
          spark={stats?.points.map((point) => point[what]) ?? []}
        >
          <Rate seen={seen} what={what} />
        </Figure>
      ))}
    </div>
  )
}

interface FigureProps {
  readonly state: JobState
  readonly name: string
  readonly value: string
  readonly filter: string
  readonly spark: readonly (number | null)[]
  readonly children: ReactNode
}

function Figure({ state, name, value, filter, spark, children }: FigureProps) {
  return (
    <section className="card flex min-w-0 flex-col px-3.5 pt-3 pb-2.5">
      <h2 className="flex min-w-0 items-center gap-1.5 text-soft text-xs">
        <StateIcon state={state} />
        <Link
          to="/jobs"
          search={{ filter } as never}
          className="min-w-0 truncate rounded font-medium hover:text-accent-ink hover:underline"
        >
          {name}
        </Link>
      </h2>
      <div className="mt-1 flex items-end gap-3">
        <p className="tabular font-semibold text-2xl leading-8 tracking-tight" data-figure={state}>
          {value}
        </p>
        <div className="mb-0.5 min-w-0 flex-1">
          <Spark values={spark} color={stateColor(state)} />
        </div>
      </div>
      <p className="tabular mt-auto min-h-4.5 text-faint text-xs sm:truncate">{children}</p>
    </section>
  )
}

/** `21 a minute · ↑ 12 %`: more failures are bad, more successes are only more. */
function Rate({ seen: { now, before, range }, what }: { readonly seen: Seen; readonly what: 'succeeded' | 'failed' }) {
  const t = useTexts('overview')
  const present = useSlowNow()
  if (now.data === undefined) return null
  const change = changeOf(now.data, before, what)
  const rate = t(`rate.${range.unit}`, { rate: rateText(rateOf(now.data, what, range, present)) })
  if (change === null) return rate
  const percent = Math.round(change * 100)
  const Arrow = percent > 0 ? ArrowUp : percent < 0 ? ArrowDown : ArrowRight
  const tone = what === 'failed' && percent !== 0 ? (percent > 0 ? 'text-danger' : 'text-good') : ''
  return (
    <span>
      {rate} ·{' '}
      <span className={cx('sm:whitespace-nowrap', tone)}>
        <Arrow className="inline size-3 align-[-1px]" aria-hidden />{' '}
        {t(percent < 0 ? 'figure.less' : 'figure.more', { percent: count(Math.abs(percent)) })}
      </span>
    </span>
  )
}
