import { CircleCheck, CirclePause, type LucideIcon, Play, PowerOff } from 'lucide-react'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'

export type ScheduleState = 'active' | 'paused' | 'inactive' | 'completed'

const looks: Readonly<Record<ScheduleState, { readonly Icon: LucideIcon; readonly look: string }>> = {
  active: { Icon: Play, look: 'bg-good-soft text-good' },
  paused: { Icon: CirclePause, look: 'bg-warn-soft text-warn' },
  inactive: { Icon: PowerOff, look: 'bg-hover text-cancelled' },
  completed: { Icon: CircleCheck, look: 'bg-accent-soft text-accent-ink' },
}

/** The state of a schedule: each has a colour and a glyph of its own. */
export function ScheduleStateBadge({ state }: { readonly state: ScheduleState }) {
  const t = useTexts('schedules')
  const { Icon, look } = looks[state]
  return (
    <span
      data-state={state}
      className={cx(
        'inline-flex h-6 items-center gap-1.5 whitespace-nowrap rounded-full px-2 font-medium text-xs',
        look,
      )}
    >
      <Icon className="size-3.5 shrink-0" strokeWidth={2.4} aria-hidden />
      {t(`state.${state}`)}
    </span>
  )
}
