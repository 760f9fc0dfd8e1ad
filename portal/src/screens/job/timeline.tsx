import { AlarmClock, RotateCcw, Unplug } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { duration, useNow } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { StateIcon, stateFill } from '../../ui/state.tsx'
import { At, Took } from '../../ui/time.tsx'
import { isOver, type Job } from '../jobs/job.ts'
import { type Scale, scaleOf } from './scale.ts'
import { type Outcome, outcomeOf, type Try } from './tries.ts'

const atFirst = 10
/** Label, bar, start, duration. */
const line =
  'grid grid-cols-[9.5rem_minmax(0,1fr)_9rem_5rem] items-center gap-x-3 text-[13px] max-xl:grid-cols-[9.5rem_minmax(0,1fr)_5rem] max-sm:grid-cols-[1fr_auto]'

/** The tries of a job below each other, as bars of one line of time, with the waits between them. */
export function Timeline({ job, tries }: { readonly job: Job; readonly tries: readonly Try[] }) {
  const t = useTexts('job')
  const now = useNow()
  const [all, setAll] = useState(false)
  const enqueuedAt = Date.parse(job.enqueuedAt)
  const waits = !isOver(job) && job.state !== 'running'
  const next = waits && job.state === 'scheduled' ? Date.parse(job.dueAt) : null
  const shown = all ? tries : tries.slice(-atFirst)
  const hidden = tries.length - shown.length
  const before = tries[hidden - 1]?.endedAt ?? enqueuedAt
  const scale = scaleOf(shown, before, now, tries.length > 0 && next !== null ? next : waits ? now : null)
  const first = tries[0]
  const lastEnd = tries.at(-1)?.endedAt ?? null
  return (
    <div className="space-y-3">
      <p className="text-[13px] text-soft">
        {t('timeline.stored')} <At at={job.enqueuedAt} />
        {first !== undefined && first.startedAt - enqueuedAt >= 1_000 && (
          <span> · {t('timeline.waited', { time: duration(first.startedAt - enqueuedAt) })}</span>
        )}
      </p>
      {hidden > 0 && (
        <Button small onClick={() => setAll(true)}>
          {t('timeline.earlier', { count: hidden })}
        </Button>
      )}
      {shown.length > 0 && (
        <ol className="space-y-2" aria-label={t('timeline.title')}>
          {shown.map((one, i) => (
            <Row key={one.fence} one={one} before={shown[i - 1]?.endedAt ?? before} scale={scale} now={now} />
          ))}
        </ol>
      )}
      {waits && (
        <div className={line}>
          <span className="flex items-center gap-1.5 text-soft">
            <StateIcon state={job.state} />
            {tries.length === 0 ? t('timeline.firstTry') : t('timeline.nextTry')}
          </span>
          <span className="relative h-5 max-sm:order-last max-sm:col-span-2">
            {tries.length > 0 && <Wait from={scale.at(lastEnd ?? scale.from)} to={scale.at(next ?? now)} />}
          </span>
          <span className="col-start-[-2] whitespace-nowrap text-right text-soft">
            {job.state === 'blocked' ? (
              t('timeline.afterOthers')
            ) : (
              <>
                {t(next !== null && next > now ? 'timeline.in' : 'timeline.since')}{' '}
                <Took ms={Math.abs(now - Date.parse(job.dueAt))} />
              </>
            )}
          </span>
        </div>
      )}
    </div>
  )
}

interface RowProps {
  readonly one: Try
  /** When the wait for it began. */
  readonly before: number
  readonly scale: Scale
  readonly now: number
}

function Row({ one, before, scale, now }: RowProps) {
  const t = useTexts('job')
  const outcome = outcomeOf(one)
  const end = one.endedAt ?? Math.max(now, one.startedAt)
  const left = scale.at(one.startedAt)
  const worker = one.worker === null ? '' : ` · ${t('error.worker')} ${one.worker}`
  const says = `${t('timeline.try', { n: one.attempt })}: ${t(`outcome.${outcome}`)}, ${duration(end - one.startedAt)}${worker}`
  return (
    <li className={line}>
      <span className="flex min-w-0 items-center gap-1.5">
        <OutcomeIcon outcome={outcome} />
        <span className="whitespace-nowrap font-medium">{t('timeline.try', { n: one.attempt })}</span>
        <span className="min-w-0 truncate text-soft" title={t(`outcome.${outcome}`)}>
          {t(`outcome.${outcome}`)}
        </span>
      </span>
      <span role="img" aria-label={says} className="relative h-5 rounded bg-canvas max-sm:order-last max-sm:col-span-2">
        <Wait
          from={scale.at(before)}
          to={left}
          title={t('timeline.waited', { time: duration(one.startedAt - before) })}
        />
        <span
          title={says}
          className={cx(
            'absolute inset-y-0.5 min-w-1 rounded-sm',
            fillOf(outcome),
            outcome === 'running' && 'breathing',
          )}
          style={{ left: `min(${left}%, 100% - 4px)`, width: `${scale.at(end) - left}%` }}
        />
      </span>
      <span className="text-right text-faint max-xl:hidden">
        <At at={one.startedAt} />
      </span>
      <span className="text-right">
        <Took ms={end - one.startedAt} />
      </span>
    </li>
  )
}

function Wait({ from, to, title }: { readonly from: number; readonly to: number; readonly title?: string }) {
  if (to - from < 0.4) return null
  return (
    <span
      title={title}
      className="absolute top-1/2 border-line-strong border-t border-dashed"
      style={{ left: `${from}%`, width: `${to - from}%` }}
    />
  )
}

const fillOf = (outcome: Outcome): string =>
  outcome === 'again'
    ? 'bg-warn'
    : outcome === 'snoozed'
      ? 'bg-scheduled'
      : outcome === 'lapsed'
        ? 'bg-expired'
        : stateFill(outcome)

function OutcomeIcon({ outcome }: { readonly outcome: Outcome }) {
  if (outcome === 'again') return <RotateCcw className="size-3.5 shrink-0 text-warn" strokeWidth={2.4} aria-hidden />
  if (outcome === 'snoozed')
    return <AlarmClock className="size-3.5 shrink-0 text-scheduled" strokeWidth={2.4} aria-hidden />
  if (outcome === 'lapsed') return <Unplug className="size-3.5 shrink-0 text-expired" strokeWidth={2.4} aria-hidden />
  return <StateIcon state={outcome} />
}
