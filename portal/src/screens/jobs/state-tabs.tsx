import { useRead } from '../../data/read.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { count as figure } from '../../lib/time.ts'
import { valueIn, withValue } from '../../ui/filter/words.ts'
import { type JobState, StateIcon } from '../../ui/state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { states } from './job.ts'

export interface StateTabsProps {
  readonly filter: string
  readonly onApply: (filter: string) => void
  readonly children: React.ReactNode
}

/** All, or those of one state: a tab is nothing but the word `state:` of the filter. The counts are of all jobs, whatever else the filter says. */
export function StateTabs({ filter, onApply, children }: StateTabsProps) {
  const t = useTexts('jobs')
  const { data } = useRead('jobs.counts', undefined)
  const shown = (n: number, cap: number) => (n >= cap ? `${figure(cap)}+` : figure(n))
  const total = data && Object.values(data.counts).reduce((sum, n) => sum + n, 0)
  const isCapped = data && Object.values(data.counts).some((n) => n >= data.cappedAt)
  const state = valueIn(filter, 'state')
  const value = state === null ? 'all' : states.includes(state as JobState) ? (state as JobState) : 'several'
  const pill = (text: string) => <span className="inline-block min-w-4 text-center">{text}</span>
  return (
    <Tabs
      label={t('tabs.label')}
      value={value}
      onChange={(next) => onApply(withValue(filter, 'state', next === 'all' ? null : next))}
      tabs={[
        {
          id: 'all' as const,
          label: t('tabs.all'),
          count: pill(total === undefined ? '…' : `${figure(total)}${isCapped ? '+' : ''}`),
        },
        ...states.map((own) => ({
          id: own,
          label: (
            <span className={cx('flex items-center gap-1.5')}>
              <StateIcon state={own} />
              {t(`state.${own}`)}
            </span>
          ),
          count: pill(data === undefined ? '…' : shown(data.counts[own] ?? 0, data.cappedAt)),
        })),
        ...(value === 'several' ? [{ id: 'several' as const, label: t('tabs.several') }] : []),
      ]}
    >
      {children}
    </Tabs>
  )
}
