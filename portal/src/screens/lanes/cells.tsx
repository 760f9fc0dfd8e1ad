import { Link } from '@tanstack/react-router'
import { Check, CircleAlert, CirclePause, CircleSlash } from 'lucide-react'
import { filterWord, type State } from 'rota/client'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { None } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import { type Lane, serviceOf } from './lane.ts'

/** The server counts no further. */
export const atMost = 1_000

const shown = (n: number): string => (n >= atMost ? `${atMost.toLocaleString()}+` : String(n))

/** The words of a filter that finds jobs of a lane. */
const filterOf = (lane: string, state?: State): string =>
  [filterWord('lane', lane), ...(state === undefined ? [] : [filterWord('state', state)])].join(' ')

const look = 'rounded underline-offset-2 hover:text-accent-ink hover:underline'

export function LaneName({ lane }: { readonly lane: Lane }) {
  return (
    <span className="block min-w-0">
      <Link
        to="/jobs"
        search={{ filter: filterOf(lane.name) } as never}
        title={lane.name}
        className={cx(look, 'block truncate font-medium')}
      >
        {lane.name}
      </Link>
      <span className="block sm:hidden">
        <ServiceBadge lane={lane} />
      </span>
    </span>
  )
}

const badges = {
  served: { Icon: Check, tone: 'good' },
  paused: { Icon: CirclePause, tone: 'warn' },
  unserved: { Icon: CircleAlert, tone: 'bad' },
  idle: { Icon: CircleSlash, tone: 'plain' },
} as const

function ServiceBadge({ lane }: { readonly lane: Lane }) {
  const t = useTexts('lanes')
  const service = serviceOf(lane)
  const { Icon, tone } = badges[service]
  return (
    <Badge tone={tone}>
      <Icon className="size-3.5" aria-hidden />
      {t(`service.${service}`)}
    </Badge>
  )
}

export function LaneState({ lane }: { readonly lane: Lane }) {
  const t = useTexts('lanes')
  const service = serviceOf(lane)
  return (
    <span className="block min-w-0">
      <span className="flex items-center gap-2">
        <ServiceBadge lane={lane} />
        {lane.paused !== null && <Ago at={lane.paused.since} className="text-faint text-xs" />}
      </span>
      {lane.paused !== null ? (
        <span className="mt-0.5 block truncate text-soft text-xs" title={lane.paused.reason}>
          {lane.paused.reason}
        </span>
      ) : (
        service === 'unserved' && <span className="mt-0.5 block truncate text-soft text-xs">{t('unservedHelp')}</span>
      )}
    </span>
  )
}

/** How many jobs of a state; it leads to them. */
export function Figure({ lane, of, n }: { readonly lane: Lane; readonly of: State; readonly n: number }) {
  if (n === 0) return <span className="tabular text-faint">0</span>
  return (
    <Link to="/jobs" search={{ filter: filterOf(lane.name, of) } as never} className={cx(look, 'tabular')}>
      {shown(n)}
    </Link>
  )
}

/** How much of what its workers can run at a time is in use. */
export function Running({ lane }: { readonly lane: Lane }) {
  const t = useTexts('lanes')
  const { running, concurrency } = lane
  if (running + concurrency === 0)
    return (
      <span className="block pl-4">
        <None />
      </span>
    )
  const share = concurrency === 0 ? 0 : Math.min(1, running / concurrency)
  return (
    <span className="flex min-w-0 items-center gap-2.5 pl-4">
      <span
        role="meter"
        aria-label={t('use')}
        aria-valuemin={0}
        aria-valuemax={Math.max(concurrency, running)}
        aria-valuenow={running}
        aria-valuetext={`${running} / ${concurrency}`}
        className="h-1.5 min-w-10 flex-1 overflow-hidden rounded-full bg-hover"
      >
        <span
          className={cx('block h-full rounded-full', share === 1 ? 'bg-warn' : 'bg-running')}
          style={{ width: `${share * 100}%` }}
        />
      </span>
      <span className="tabular w-16 shrink-0 text-right">
        <Figure lane={lane} of="running" n={running} />
        <span className="text-faint"> / {concurrency}</span>
      </span>
    </span>
  )
}
