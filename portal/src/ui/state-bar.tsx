/** How many jobs are in each state: a bar of colours, and the same as glyphs with numbers. Read out as one sentence. */
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'
import { count } from '../lib/time.ts'
import { type JobState, StateIcon, stateFill } from './state.tsx'

/** Most settled first, so that the bar fills from the left. */
const order: readonly JobState[] = [
  'succeeded',
  'failed',
  'expired',
  'cancelled',
  'running',
  'ready',
  'scheduled',
  'blocked',
]

export type StateCounts = Readonly<Partial<Record<JobState, number>>>

/** Those that are not zero. */
export const countedStates = (counts: StateCounts): (readonly [JobState, number])[] =>
  order.flatMap((state) => ((counts[state] ?? 0) > 0 ? [[state, counts[state] as number] as const] : []))

export function StateBar({ counts, className }: { readonly counts: StateCounts; readonly className?: string }) {
  const t = useTexts('common')
  const parts = countedStates(counts)
  const said = parts.map(([state, n]) => `${t(`state.${state}`)} ${n}`).join(', ')
  return (
    <div className={cx('min-w-0', className)} role="img" aria-label={said || t('none')}>
      <div className="flex h-1.5 gap-px overflow-hidden rounded-full bg-hover" aria-hidden>
        {parts.map(([state, n]) => (
          <span key={state} className={cx('min-w-1', stateFill(state))} style={{ flexGrow: n }} />
        ))}
      </div>
      <div className="tabular mt-1 flex h-4 gap-2.5 overflow-hidden text-[11px] text-soft leading-4" aria-hidden>
        {parts.map(([state, n]) => (
          <span key={state} className="inline-flex items-center gap-0.5" title={t(`state.${state}`)}>
            <StateIcon state={state} className="size-3" />
            {count(n)}
          </span>
        ))}
      </div>
    </div>
  )
}
