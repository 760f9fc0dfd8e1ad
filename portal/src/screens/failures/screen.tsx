import { useMemo, useState } from 'react'
import { isRotaError } from 'rota/client'
import { useSlowRead } from '../../data/slow.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { FilterField } from '../../ui/filter/field.tsx'
import { Empty, Loading, Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Segments } from '../../ui/segments.tsx'
import type { Group } from './alike.ts'
import { hasWord } from './filter.ts'
import { GroupRow } from './group-row.tsx'
import { RetryAll, type Wanted } from './retry-all.tsx'

const ranges = ['1h', '24h', '7d', '30d', 'all'] as const
const usual = '24h'
const page = 50

/** Those that failed as often stay in one order. */
const byCount = (a: Group, b: Group): number => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1)

/** What fails, by what went wrong, the most frequent first. */
export default function Screen() {
  const t = useTexts('failures')
  const [filter, apply] = useUrlText('filter')
  const [chosen, choose] = useUrlText('range', usual)
  const [open, setOpen] = useUrlText('open')
  const [shown, setShown] = useState(page)
  const range = ranges.find((one) => one === chosen) ?? usual
  const limited = range !== 'all' && !hasWord(filter, 'since')
  const base = [...(limited ? [`since:${range}`] : []), ...(filter === '' ? [] : [filter])].join(' ')
  const { data, error } = useSlowRead('stats.failures', base === '' ? {} : { filter: base }, 10_000)
  const wrong = isRotaError(error) && error.field === 'filter' ? error.message : null
  const [retried, setRetried] = useState<Wanted | null>(null)
  const groups = useMemo(() => [...(data?.failures ?? [])].sort(byCount), [data])
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div className="mb-3 flex flex-wrap items-start gap-2">
        <div className="flex min-w-0 flex-1 basis-72">
          <FilterField value={filter} onApply={apply} problem={wrong} />
        </div>
        <Segments
          label={t('range.label')}
          value={range}
          onChange={choose}
          options={ranges.map((id) => [id, t(`range.${id}`)] as const)}
        />
      </div>
      <section aria-label={t('groups')} className="card min-h-64 overflow-hidden">
        {data === undefined ? (
          error === null ? (
            <Loading rows={8} />
          ) : wrong === null ? (
            <Problem error={error} />
          ) : (
            <p className="px-4 py-12 text-center text-[13px] text-soft">{t('wrong')}</p>
          )
        ) : groups.length === 0 ? (
          <None
            filtered={filter !== ''}
            limited={limited}
            range={t(`ago.${range}`)}
            onClear={() => apply('')}
            onAll={() => choose('all')}
          />
        ) : (
          <>
            <p className="border-line border-b px-4 py-2 text-faint text-xs">
              {t('found', { count: groups.length })} ·{' '}
              {t(data.more ? 'lookedNewest' : 'looked', { count: data.looked, looked: count(data.looked) })}
            </p>
            <ul className="divide-y divide-line">
              {groups.slice(0, shown).map((group) => (
                <GroupRow
                  key={group.fingerprint}
                  group={group}
                  looked={data.looked}
                  more={data.more}
                  base={base}
                  onRetry={setRetried}
                  open={open === group.fingerprint}
                  onToggle={() => setOpen(open === group.fingerprint ? '' : group.fingerprint)}
                />
              ))}
            </ul>
            {groups.length > shown && (
              <div className="border-line border-t p-3 text-center">
                <Button small onClick={() => setShown(shown + page)}>
                  {t('moreGroups', { count: groups.length - shown })}
                </Button>
              </div>
            )}
          </>
        )}
      </section>
      {retried !== null && <RetryAll wanted={retried} onClose={() => setRetried(null)} />}
    </Page>
  )
}

interface NoneProps {
  readonly filtered: boolean
  readonly limited: boolean
  readonly range: string
  readonly onClear: () => void
  readonly onAll: () => void
}

/** Nothing failed, which is good, or the filter hides it. */
function None({ filtered, limited, range, onClear, onAll }: NoneProps) {
  const t = useTexts('failures')
  const all = limited && (
    <Button small onClick={onAll}>
      {t('none.all')}
    </Button>
  )
  if (!filtered)
    return (
      <Empty kind="nothing" title={limited ? t('none.recent', { range }) : t('none.ever')}>
        <p>{t('none.text')}</p>
        {all && <p className="mt-3">{all}</p>}
      </Empty>
    )
  return (
    <Empty kind="hidden" title={t('none.hidden')}>
      <p className="mt-2 flex flex-wrap justify-center gap-2">
        <Button small kind="primary" onClick={onClear}>
          {t('clearFilter')}
        </Button>
        {all}
      </p>
    </Empty>
  )
}
