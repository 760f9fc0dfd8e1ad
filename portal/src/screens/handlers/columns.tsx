import { Boxes, Code, Globe } from 'lucide-react'
import { duration } from '../../lib/time.ts'
import { HandlerLink } from '../../ui/link.tsx'
import { None } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { type Handler, type Kind, kindOf } from './kind.ts'

type Texts = (key: string, values?: Record<string, unknown>) => string

const icons = { code: Code, http: Globe, builtIn: Boxes } as const

export function KindBadge({ kind, text }: { readonly kind: Kind; readonly text: string }) {
  const Icon = icons[kind]
  return (
    <Badge tone={kind === 'http' ? 'accent' : 'plain'}>
      <Icon className="size-3" aria-hidden />
      {text}
    </Badge>
  )
}

/** @param workers names of those that are alive, by definition; null while that is not known */
export function columnsOf(
  t: Texts,
  workers: ReadonlyMap<string, readonly string[]> | null,
): readonly Column<Handler>[] {
  return [
    { id: 'id', head: t('col.id'), width: 'minmax(9rem,2fr)', cell: (row) => <Name row={row} /> },
    {
      id: 'kind',
      head: t('col.kind'),
      width: '6.5rem',
      cell: (row) => <KindBadge kind={kindOf(row)} text={t(`kind.${kindOf(row)}`)} />,
    },
    {
      id: 'enabled',
      head: t('col.state'),
      width: '6.5rem',
      from: 'sm',
      cell: ({ enabled }) =>
        enabled ? <span className="text-soft">{t('enabled')}</span> : <Badge tone="warn">{t('disabled')}</Badge>,
    },
    {
      id: 'lane',
      head: t('col.lane'),
      width: 'minmax(5rem,0.7fr)',
      from: 'md',
      cell: ({ options }) => <span className="text-soft">{options.lane}</span>,
    },
    {
      id: 'tries',
      head: t('col.defaults'),
      width: 'minmax(9rem,0.9fr)',
      from: 'lg',
      cell: ({ options }) => (
        <span className="tabular text-soft">
          {t('defaults', { count: options.retries, timeout: duration(options.timeout) })}
        </span>
      ),
    },
    {
      id: 'workers',
      head: t('col.workers'),
      width: 'minmax(6rem,0.8fr)',
      from: 'md',
      cell: ({ id }) => <Known names={workers?.get(id) ?? []} isKnown={workers !== null} t={t} />,
    },
    {
      id: 'origin',
      head: t('col.origin'),
      width: 'minmax(6rem,0.7fr)',
      from: 'xl',
      cell: ({ origin, version }) => (
        <span className="text-soft">
          {version === null ? t(`origin.${origin}`) : t('stored', { origin: t(`origin.${origin}`), version })}
        </span>
      ),
    },
    {
      id: 'owner',
      head: t('col.owner'),
      width: 'minmax(5rem,0.7fr)',
      from: 'xl',
      cell: ({ owner }) => (owner === null ? <None /> : <span className="text-soft">{owner}</span>),
    },
  ]
}

function Name({ row: { id, description } }: { readonly row: Handler }) {
  return (
    <span className="block min-w-0">
      <span className="block truncate">
        <HandlerLink id={id} />
      </span>
      {description !== null && <span className="block truncate text-faint text-xs">{description}</span>}
    </span>
  )
}

function Known({
  names,
  isKnown,
  t,
}: {
  readonly names: readonly string[]
  readonly isKnown: boolean
  readonly t: Texts
}) {
  if (!isKnown) return <span className="text-faint">…</span>
  if (names.length === 0) return <Badge tone="warn">{t('noWorker')}</Badge>
  return (
    <span className="text-soft" title={names.slice(0, 20).join('\n')}>
      {names.length === 1 ? names[0] : t('workers', { count: names.length })}
    </span>
  )
}
