import { ChevronRight } from 'lucide-react'
import { type Output, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { JsonTree } from '../../ui/json.tsx'
import { Card, Empty, Loaded } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import type { Job } from '../jobs/job.ts'

type Entry = Output<'audit.list'>['entries'][number]
const most = 100
const tones = { done: 'good', denied: 'warn', failed: 'bad' } as const

/** What people did to the job; what its handler and the workers did stands elsewhere. */
export function Audit({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const audit = useRead('audit.list', { target: `job:${job.id}`, limit: most })
  return (
    <Card title={t('audit.title')} flush>
      <Loaded of={audit} rows={4}>
        {({ entries, next }) =>
          entries.length === 0 ? (
            <Empty kind="nothing" title={t('audit.none')}>
              {t('audit.noneText')}
            </Empty>
          ) : (
            <div className="divide-y divide-line">
              {entries.map((entry) => (
                <One key={entry.id} entry={entry} />
              ))}
              {next !== null && <p className="px-4 py-2.5 text-faint text-xs">{t('audit.more', { count: most })}</p>}
            </div>
          )
        }
      </Loaded>
    </Card>
  )
}

function One({ entry }: { readonly entry: Entry }) {
  const t = useTexts('job')
  const sides = [
    ['before', entry.before],
    ['after', entry.after],
  ] as const
  return (
    <details className="group">
      <summary className="flex list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-[13px] hover:bg-hover [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90" aria-hidden />
        <code className="font-mono text-[12px]">{entry.action}</code>
        <Badge tone={tones[entry.outcome]}>{t(`audit.outcome.${entry.outcome}`)}</Badge>
        <span className="min-w-0 flex-1 truncate">{entry.actor.name || entry.actor.kind}</span>
        <Ago at={entry.at} className="text-soft" />
      </summary>
      <div className="space-y-2 px-4 pb-3.5 pl-11">
        {entry.address !== null && (
          <p className="text-faint text-xs">
            {t('audit.from')} {entry.address}
          </p>
        )}
        {sides.map(
          ([side, value]) =>
            value !== null &&
            value !== undefined && (
              <div key={side}>
                <p className="mb-1 text-faint text-xs">{t(`audit.${side}`)}</p>
                <JsonTree value={value} label={t(`audit.${side}`)} />
              </div>
            ),
        )}
      </div>
    </details>
  )
}
