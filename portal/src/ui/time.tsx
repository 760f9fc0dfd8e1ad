import { absolute, duration, type Instant, relative, useNow, useZone } from '../lib/time.ts'
import { Tip } from './tip.tsx'

/** `3 min ago`; the full instant when it is pointed at. */
export function Ago({ at, className }: { readonly at: Instant; readonly className?: string }) {
  const now = useNow()
  const zone = useZone()
  return (
    <Tip text={absolute(at, zone, { withZone: true })}>
      <time dateTime={new Date(at).toISOString()} className={`tabular whitespace-nowrap ${className ?? ''}`}>
        {relative(at, now)}
      </time>
    </Tip>
  )
}

/** `2026-11-22 21:04:05` in the chosen zone; how long ago when it is pointed at. */
export function At({
  at,
  className,
  seconds = true,
}: {
  readonly at: Instant
  readonly className?: string
  readonly seconds?: boolean
}) {
  const zone = useZone()
  return (
    <Tip text={<AgoText at={at} zone={zone} />}>
      <time dateTime={new Date(at).toISOString()} className={`tabular whitespace-nowrap ${className ?? ''}`}>
        {absolute(at, zone, { seconds })}
      </time>
    </Tip>
  )
}

function AgoText({ at, zone }: { readonly at: Instant; readonly zone: string }) {
  const now = useNow()
  return `${relative(at, now)} · ${zone}`
}

export const Took = ({ ms }: { readonly ms: number }) => (
  <span className="tabular whitespace-nowrap">{duration(ms)}</span>
)

/** Milliseconds: so long it may take until a page hears that something has come. */
const grace = 5_000

/** How long until; behind a minus, how long it is overdue. */
export function Countdown({ to }: { readonly to: Instant }) {
  const now = useNow()
  const ms = new Date(to).getTime() - now
  const isOverdue = ms <= -grace
  return (
    <span className="tabular whitespace-nowrap">{isOverdue ? `−${duration(-ms)}` : duration(Math.max(0, ms))}</span>
  )
}
