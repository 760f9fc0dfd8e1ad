import {
  Ban,
  Check,
  ChevronRight,
  KeyRound,
  Laptop,
  type LucideIcon,
  Terminal,
  UserRound,
  UserX,
  X,
} from 'lucide-react'
import { Fragment, useId, useState } from 'react'
import type { Output } from '../../data/read.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { Badge } from '../../ui/state.tsx'
import { Ago, At } from '../../ui/time.tsx'
import { Changes } from './changes.tsx'
import { Target } from './target.tsx'

export type Entry = Output<'audit.list'>['entries'][number]

interface EntriesProps {
  readonly entries: readonly Entry[]
  readonly onFilter: (values: Readonly<Record<string, string>>) => void
}

const head = 'sticky top-0 z-10 bg-surface px-3 py-2 text-left font-medium text-faint text-xs first:pl-4 last:pr-4'
const cell = 'px-3 py-2 align-middle first:pl-4 last:pr-4'

/** Each line opens to what it was before and after. */
export function Entries({ entries, onFilter }: EntriesProps) {
  const t = useTexts('audit')
  return (
    <div className="max-h-[calc(100vh-15rem)] min-h-40 overflow-auto" role="group" aria-label={t('title')} tabIndex={0}>
      <table className="w-full table-fixed border-collapse text-[13px]">
        <thead>
          <tr className="border-line border-b">
            <th scope="col" className={cx(head, 'w-24 max-sm:hidden')}>
              {t('when')}
            </th>
            <th scope="col" className={cx(head, 'w-44 max-md:hidden')}>
              {t('actor')}
            </th>
            <th scope="col" className={cx(head, 'max-sm:pl-4 sm:w-44')}>
              {t('action')}
            </th>
            <th scope="col" className={cx(head, 'max-sm:hidden')}>
              {t('target')}
            </th>
            <th scope="col" className={cx(head, 'w-28')}>
              {t('outcome')}
            </th>
            <th scope="col" className={cx(head, 'w-36 max-lg:hidden')}>
              {t('address')}
            </th>
            <th scope="col" className={cx(head, 'w-12')}>
              <span className="sr-only">{t('details')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Line key={entry.id} entry={entry} onFilter={onFilter} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Line({ entry, onFilter }: { readonly entry: Entry; readonly onFilter: EntriesProps['onFilter'] }) {
  const t = useTexts('audit')
  const id = useId()
  const [open, setOpen] = useState(false)
  const { at, actor, action, target, outcome, address, before, after } = entry
  return (
    <Fragment>
      <tr className="h-11 border-line border-b hover:bg-hover">
        <td className={cx(cell, 'max-sm:hidden')}>
          <Ago at={at} className="text-soft" />
        </td>
        <td className={cx(cell, 'max-md:hidden')}>
          <Actor actor={actor} onFilter={onFilter} />
        </td>
        <td className={cx(cell, 'max-sm:pl-4')}>
          <Pick label={t('onlyThis', { value: action })} onPick={() => onFilter({ action })}>
            <code className="font-mono text-[12px]">{action}</code>
          </Pick>
          <span className="block truncate text-xs sm:hidden">
            <Target target={target} />
          </span>
          <span className="block truncate text-faint text-xs sm:hidden">
            <Ago at={at} /> · {actor.name || t(`kinds.${actor.kind}`)}
          </span>
        </td>
        <td className={cx(cell, 'truncate max-sm:hidden')}>
          <Target target={target} />
        </td>
        <td className={cell}>
          <OutcomeBadge outcome={outcome} />
        </td>
        <td className={cx(cell, 'truncate text-soft text-xs max-lg:hidden')}>{address}</td>
        <td className={cell}>
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            aria-label={t('detailsOf', { action, target })}
            onClick={() => setOpen(!open)}
            className="inline-flex size-7 items-center justify-center rounded text-faint hover:bg-hover hover:text-ink"
          >
            <ChevronRight className={cx('size-4 transition-transform', open && 'rotate-90')} aria-hidden />
          </button>
        </td>
      </tr>
      {open && (
        <tr id={id} className="border-line border-b bg-canvas">
          <td colSpan={7} className="px-4 py-3">
            <p className="mb-3 flex flex-wrap gap-x-6 gap-y-1 text-soft text-xs">
              <At at={at} />
              <span className="min-w-0 break-words">
                {t(`kinds.${actor.kind}`)}
                {actor.name !== '' && ` · ${actor.name}`}
                {actor.id !== '' && actor.id !== actor.name && ` · ${actor.id}`}
              </span>
              {address !== null && <span>{address}</span>}
              <span className="min-w-0 break-all">{target}</span>
            </p>
            <Changes before={before} after={after} />
          </td>
        </tr>
      )}
    </Fragment>
  )
}

const kinds: Readonly<Record<Entry['actor']['kind'], LucideIcon>> = {
  user: UserRound,
  key: KeyRound,
  local: Laptop,
  cli: Terminal,
  nobody: UserX,
}

function Actor({
  actor: { kind, name },
  onFilter,
}: {
  readonly actor: Entry['actor']
  readonly onFilter: EntriesProps['onFilter']
}) {
  const t = useTexts('audit')
  const Icon = kinds[kind]
  const said = name || t(`kinds.${kind}`)
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={`${t(`kinds.${kind}`)}: ${said}`}>
      <Icon className="size-3.5 shrink-0 text-faint" aria-hidden />
      <span className="sr-only">{t(`kinds.${kind}`)}</span>
      {name === '' ? (
        said
      ) : (
        <Pick label={t('onlyThis', { value: name })} onPick={() => onFilter({ actor: name })}>
          {name}
        </Pick>
      )}
    </span>
  )
}

/** A value that is filtered by when it is pressed. */
const Pick = ({
  label,
  onPick,
  children,
}: {
  readonly label: string
  readonly onPick: () => void
  readonly children: React.ReactNode
}) => (
  <button
    type="button"
    title={label}
    onClick={onPick}
    className="block min-h-6 min-w-0 max-w-full truncate rounded py-0.5 text-left hover:text-accent-ink hover:underline"
  >
    {children}
  </button>
)

const outcomes = {
  done: { Icon: Check, tone: 'good' },
  denied: { Icon: Ban, tone: 'warn' },
  failed: { Icon: X, tone: 'bad' },
} as const

function OutcomeBadge({ outcome }: { readonly outcome: Entry['outcome'] }) {
  const t = useTexts('audit')
  const { Icon, tone } = outcomes[outcome]
  return (
    <Badge tone={tone}>
      <Icon className="size-3.5" aria-hidden />
      {t(`outcomes.${outcome}`)}
    </Badge>
  )
}
