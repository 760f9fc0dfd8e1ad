/** States of jobs: each has a colour and a glyph of its own, so that nobody has to tell colours apart. */
import { Ban, Check, Clock, Hourglass, Loader, Lock, type LucideIcon, TimerOff, X } from 'lucide-react'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'

export type JobState = 'blocked' | 'scheduled' | 'ready' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired'

const looks: Readonly<
  Record<JobState, { readonly Icon: LucideIcon; readonly text: string; readonly soft: string; readonly fill: string }>
> = {
  blocked: { Icon: Lock, text: 'text-blocked', soft: 'bg-blocked/12', fill: 'bg-blocked' },
  scheduled: { Icon: Clock, text: 'text-scheduled', soft: 'bg-scheduled/12', fill: 'bg-scheduled' },
  ready: { Icon: Hourglass, text: 'text-ready', soft: 'bg-ready/12', fill: 'bg-ready' },
  running: { Icon: Loader, text: 'text-running', soft: 'bg-running/12', fill: 'bg-running' },
  succeeded: { Icon: Check, text: 'text-succeeded', soft: 'bg-succeeded/12', fill: 'bg-succeeded' },
  failed: { Icon: X, text: 'text-failed', soft: 'bg-failed/12', fill: 'bg-failed' },
  cancelled: { Icon: Ban, text: 'text-cancelled', soft: 'bg-cancelled/12', fill: 'bg-cancelled' },
  expired: { Icon: TimerOff, text: 'text-expired', soft: 'bg-expired/12', fill: 'bg-expired' },
}

export const stateText = (state: JobState): string => looks[state].text
export const stateFill = (state: JobState): string => looks[state].fill
/** The colour itself, for drawings. */
export const stateColor = (state: JobState): string =>
  `var(--${state === 'succeeded' ? 'good' : state === 'failed' ? 'danger' : state})`

export function StateIcon({ state, className }: { readonly state: JobState; readonly className?: string }) {
  const { Icon, text } = looks[state]
  return <Icon className={cx('size-3.5 shrink-0', text, className)} strokeWidth={2.4} aria-hidden />
}

export function StateBadge({ state, className }: { readonly state: JobState; readonly className?: string }) {
  const t = useTexts('common')
  const { text, soft } = looks[state]
  return (
    <span
      data-state={state}
      className={cx(
        'inline-flex h-6 items-center gap-1.5 whitespace-nowrap rounded-full px-2 font-medium text-xs',
        soft,
        text,
        className,
      )}
    >
      <StateIcon state={state} />
      {t(`state.${state}`)}
    </span>
  )
}

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'
const tones: Readonly<Record<Tone, string>> = {
  plain: 'bg-hover text-soft',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-danger-soft text-danger',
  accent: 'bg-accent-soft text-accent-ink',
}

export function Badge({
  tone = 'plain',
  children,
  className,
}: {
  readonly tone?: Tone
  readonly children: React.ReactNode
  readonly className?: string
}) {
  return (
    <span
      className={cx(
        'inline-flex h-5.5 items-center gap-1 whitespace-nowrap rounded-full px-2 font-medium text-xs',
        tones[tone],
        className,
      )}
    >
      {children}
    </span>
  )
}
