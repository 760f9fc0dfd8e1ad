import { Link } from '@tanstack/react-router'
import { Check, CirclePause } from 'lucide-react'
import { useTexts } from '../../lib/texts.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { shortId } from '../../ui/link.tsx'
import { Badge } from '../../ui/state.tsx'
import type { Worker } from './screen.tsx'

export function WorkerName({ worker: { id, name, draining } }: { readonly worker: Worker }) {
  const t = useTexts('workers')
  return (
    <span className="block min-w-0">
      <span className="block truncate font-medium" title={name}>
        {name}
      </span>
      <span className="flex min-w-0 items-center gap-0.5 text-faint">
        {draining && <span className="text-warn text-xs sm:hidden">{t('draining')} · </span>}
        <code className="truncate font-mono text-[11px]" title={id}>
          {shortId(id)}
        </code>
        <CopyButton text={id} label={t('copyId', { name })} />
      </span>
    </span>
  )
}

export function WorkerState({ worker: { draining } }: { readonly worker: Worker }) {
  const t = useTexts('workers')
  const Icon = draining ? CirclePause : Check
  return (
    <Badge tone={draining ? 'warn' : 'good'}>
      <Icon className="size-3.5" aria-hidden />
      {t(draining ? 'draining' : 'working')}
    </Badge>
  )
}

/** Each with how many jobs of it run here at a time. */
export function Lanes({ worker: { lanes } }: { readonly worker: Worker }) {
  return (
    <span className="flex min-w-0 flex-wrap gap-1 overflow-hidden" style={{ maxHeight: 50 }}>
      {lanes.map(({ name, concurrency }) => (
        <Link
          key={name}
          to="/lanes"
          search={{ name } as never}
          title={`${name} × ${concurrency}`}
          className="inline-flex h-6 min-w-0 max-w-40 items-center gap-1 rounded-full bg-hover px-2 text-soft text-xs hover:text-ink"
        >
          <span className="truncate">{name}</span>
          <span className="tabular text-faint">× {concurrency}</span>
        </Link>
      ))}
    </span>
  )
}
