import { useTexts } from '../../lib/texts.ts'
import { absolute, duration, useZone } from '../../lib/time.ts'
import { type JobState, stateColor } from '../../ui/state.tsx'
import { type RecentEvent, useRecent } from './recent.ts'

const cell = { width: 6, step: 7, height: 18 }
const shown = 30

/** The last runs of a schedule, the newest at the right. Each state has a shape of its own beside its colour. */
export function RecentStrip({ id }: { readonly id: string }) {
  const t = useTexts('schedules')
  const events = useRecent(id)
  if (events === undefined) return <span className="breathing block h-[18px] rounded bg-hover" />
  if (events.length === 0) return <span className="text-faint text-xs">{t('recent.none')}</span>
  const width = shown * cell.step - 1
  return (
    <span className="flex justify-end overflow-hidden">
      <svg
        role="img"
        aria-label={summary(events, t)}
        width={width}
        height={cell.height}
        viewBox={`0 0 ${width} ${cell.height}`}
        className="shrink-0"
      >
        {events.slice(-shown).map((event, i, all) => (
          <Cell key={`${event.kind} ${event.slot}`} event={event} x={(shown - all.length + i) * cell.step} />
        ))}
      </svg>
    </span>
  )
}

function Cell({ event, x }: { readonly event: RecentEvent; readonly x: number }) {
  const t = useTexts('schedules')
  const zone = useZone()
  const at = absolute(event.slot, zone)
  const title =
    event.kind === 'skip'
      ? t('recent.skip', { at, why: t(`skip.${event.reason}`), count: event.count })
      : t('recent.run', { at, state: t(`common:state.${event.state}`), took: tookOf(event) })
  return (
    <g transform={`translate(${x} 0)`}>
      <title>{title}</title>
      <rect width={cell.step} height={cell.height} fill="transparent" />
      {event.kind === 'skip' ? <SkipShape /> : <RunShape state={event.state} />}
    </g>
  )
}

const tookOf = (event: RecentEvent & { kind: 'run' }): string => (event.took === null ? '' : duration(event.took))

const SkipShape = () => <rect x={1} y={cell.height - 3} width={4} height={3} rx={1} fill="var(--faint)" />

/** Full: succeeded. With a cross: failed. Hollow: cancelled. Half: expired. A ring: under way, or waiting. */
function RunShape({ state }: { readonly state: JobState }) {
  const color = stateColor(state)
  const { width, height } = cell
  if (state === 'succeeded') return <rect width={width} y={3} height={height - 3} rx={1.5} fill={color} />
  if (state === 'failed')
    return (
      <>
        <rect width={width} height={height} rx={1.5} fill={color} />
        <path d="M1.4 7 4.6 11M4.6 7 1.4 11" stroke="var(--on-danger)" strokeWidth={1.3} strokeLinecap="round" />
      </>
    )
  if (state === 'cancelled')
    return (
      <rect
        x={0.6}
        y={3.6}
        width={width - 1.2}
        height={height - 4.2}
        rx={1.2}
        fill="none"
        stroke={color}
        strokeWidth={1.2}
      />
    )
  if (state === 'expired') return <rect width={width} y={height / 2} height={height / 2} rx={1.5} fill={color} />
  return <circle cx={3} cy={height - 4} r={2.3} fill="none" stroke={color} strokeWidth={1.4} />
}

/** `28 succeeded, 2 failed`. */
function summary(events: readonly RecentEvent[], t: (key: string, values?: Record<string, unknown>) => string): string {
  const counts = new Map<string, number>()
  for (const event of events) {
    const name = event.kind === 'run' ? t(`common:state.${event.state}`) : t('recent.skipped')
    counts.set(name, (counts.get(name) ?? 0) + (event.kind === 'run' ? 1 : event.count))
  }
  return [...counts].map(([name, n]) => `${n} ${name.toLowerCase()}`).join(', ')
}
