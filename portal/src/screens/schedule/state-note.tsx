import { CircleCheck, CirclePause, PowerOff } from 'lucide-react'
import { useTexts } from '../../lib/texts.ts'
import { At, Countdown } from '../../ui/time.tsx'
import type { Schedule } from './model.ts'

const icons = { paused: CirclePause, inactive: PowerOff, completed: CircleCheck } as const

/** Why it does not run, where it does not. */
export function StateNote({ schedule: { state, reason, resumesAt } }: { readonly schedule: Schedule }) {
  const t = useTexts('schedule')
  if (state === 'active') return null
  const Icon = icons[state]
  const isPaused = state === 'paused'
  return (
    <p
      className={`mb-4 flex items-start gap-2 rounded-lg px-3.5 py-2.5 text-[13px] ${isPaused ? 'bg-warn-soft text-warn' : 'bg-hover text-soft'}`}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">
        <span className="font-medium">{t(`note.${state}`)}</span>
        {reason !== null && reason !== 'paused' && ` ${t('note.reason', { reason })}`}
        {isPaused &&
          (resumesAt === null ? (
            ` ${t('note.open')}`
          ) : (
            <>
              {' '}
              {t('note.until')} <At at={resumesAt} /> (<Countdown to={resumesAt} />)
            </>
          ))}
      </span>
    </p>
  )
}
