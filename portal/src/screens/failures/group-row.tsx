import { ChevronRight } from 'lucide-react'
import { useId } from 'react'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { Badge } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import { GroupPanel, type GroupPanelProps } from './group-panel.tsx'

export interface GroupRowProps extends GroupPanelProps {
  readonly open: boolean
  readonly onToggle: () => void
}

/** What went wrong, how often, and when last; opened, how it went wrong and what can be done. */
export function GroupRow({ open, onToggle, ...panel }: GroupRowProps) {
  const t = useTexts('failures')
  const id = useId()
  const { group, looked } = panel
  const { job, error, lastAt } = group
  const share = group.count / Math.max(1, looked)
  const times = t('times', { count: group.count, shown: count(group.count) })
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={onToggle}
        className={cx(
          'grid w-full grid-cols-[1rem_minmax(0,1fr)] items-center gap-x-3 gap-y-1 px-4 py-2.5 text-left text-[13px] outline-offset-[-2px] hover:bg-hover sm:grid-cols-[1rem_7.5rem_minmax(0,1fr)_5.5rem]',
          open && 'bg-hover',
        )}
      >
        <ChevronRight className={cx('size-4 text-faint transition-transform', open && 'rotate-90')} aria-hidden />
        <span className="flex items-center gap-2 max-sm:order-2 max-sm:col-start-2 sm:block">
          <span className="tabular whitespace-nowrap font-semibold">{times}</span>
          <span className="mt-1 block h-1.5 w-24 overflow-hidden rounded-full bg-line max-sm:mt-0" aria-hidden>
            <span className="block h-full rounded-full bg-failed" style={{ width: `${Math.max(3, share * 100)}%` }} />
          </span>
        </span>
        <span className="min-w-0">
          <span className="flex min-w-0 items-center gap-2">
            <span className="min-w-0 truncate font-medium">{job}</span>
            <span className="min-w-0 shrink-[2] truncate text-faint text-xs">{error.name}</span>
            {error.code !== null && (
              <Badge className="min-w-0 max-w-40 font-mono max-sm:hidden">
                {<span className="truncate">{error.code}</span>}
              </Badge>
            )}
          </span>
          <span className="line-clamp-2 break-words text-soft">{error.message || t('noMessage')}</span>
        </span>
        <span className="text-right text-faint text-xs max-sm:order-3 max-sm:col-start-2 max-sm:text-left">
          <Ago at={lastAt} />
        </span>
      </button>
      <div id={id}>{open && <GroupPanel {...panel} />}</div>
    </li>
  )
}
