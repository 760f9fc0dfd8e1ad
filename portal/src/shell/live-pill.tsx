import { Pause, Play, WifiOff } from 'lucide-react'
import { heardAt, liveness, pause, paused } from '../data/live.ts'
import { useStore } from '../data/store.ts'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'
import { duration, useNow } from '../lib/time.ts'
import { Tip } from '../ui/tip.tsx'

/** Whether what is shown is true at this moment, and how old it is where it is not. Pressed, it holds the page. */
export function LivePill() {
  const t = useTexts('common')
  const held = useStore(paused)
  const how = useStore(liveness)
  const heard = useStore(heardAt)
  const now = useNow()
  const shown = held ? 'paused' : how
  const age = duration(Math.max(0, Math.floor((now - heard) / 1_000) * 1_000))
  const old = shown === 'paused' || shown === 'offline'
  const help = held ? t('live.resume') : shown === 'offline' ? t('live.offlineHelp', { age }) : t('live.pause')
  return (
    <Tip text={help}>
      <button
        type="button"
        aria-pressed={held}
        aria-label={`${t(`live.${shown}`)}. ${help}`}
        data-live={shown}
        onClick={() => {
          if (!held) heardAt.set(Date.now())
          pause(!held)
        }}
        className={cx(
          'inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-full border px-2.5 font-medium text-xs',
          shown === 'live' && 'border-line bg-surface text-soft',
          shown === 'polling' && 'border-line bg-surface text-soft',
          shown === 'paused' && 'border-transparent bg-warn-soft text-warn',
          shown === 'offline' && 'border-transparent bg-danger-soft text-danger',
        )}
      >
        {shown === 'live' && <span className="breathing size-2 rounded-full bg-good" aria-hidden />}
        {shown === 'polling' && <Play className="size-3" aria-hidden />}
        {shown === 'paused' && <Pause className="size-3" aria-hidden />}
        {shown === 'offline' && <WifiOff className="size-3" aria-hidden />}
        <span>{t(`live.${shown}`)}</span>
        {old && <span className="tabular max-sm:hidden">· {t('live.age', { age })}</span>}
      </button>
    </Tip>
  )
}
