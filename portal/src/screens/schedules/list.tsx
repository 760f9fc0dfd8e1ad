import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { ScheduleLink } from '../../ui/link.tsx'
import { Card, Empty, Loaded } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import type { Schedule } from '../schedule/model.ts'
import { columnsOf } from './columns.tsx'
import { Filters, useFilters } from './filters.tsx'
import { RecentCalls, useRecentCalls } from './recent.ts'
import { NewLink } from './screen.tsx'
import { useSchedules } from './use-pages.ts'

const idOf = ({ id }: Schedule) => id

/** Whether a text is found in what people see of it. */
function isFound({ id, description, prose, job, owner }: Schedule, words: readonly string[]): boolean {
  const all = [id, description, prose, job, owner].join('\n').toLowerCase()
  return words.every((word) => all.includes(word))
}

export function ScheduleList() {
  const t = useTexts('schedules')
  const navigate = useNavigate()
  const filters = useFilters()
  const [text] = useUrlText('q')
  const { query, rows, more, hasMore, cut, isLoading } = useSchedules(filters.input)
  const found = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean)
    return words.length === 0 ? rows : rows.filter((row) => isFound(row, words))
  }, [rows, text])
  const columns = useMemo(() => columnsOf(t), [t])
  const calls = useRecentCalls(useMemo(() => found.map(idOf), [found]))
  const open = useCallback(
    (row: Schedule) => void navigate({ to: '/schedules/$id', params: { id: row.id } }),
    [navigate],
  )
  return (
    <Card flush>
      <Filters />
      <Loaded of={query} rows={8}>
        {() => (
          <RecentCalls value={calls}>
            {found.length === 0 ? (
              <None text={text} filtered={filters.isOn} onClear={filters.clear} />
            ) : (
              <Table
                label={t('title')}
                columns={columns}
                rows={found}
                idOf={idOf}
                onOpen={open}
                onEnd={text === '' ? more : undefined}
                rowHeight={58}
              />
            )}
            {rows.length > 0 && (
              <p
                className="-mt-px flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-line border-t px-4 py-2 text-faint text-xs"
                aria-live="polite"
              >
                {text === ''
                  ? t('shown', { count: rows.length })
                  : t('found', { count: found.length, of: rows.length })}
                {hasMore && ` ${t('thereIsMore')}`}
                {cut && ` ${t('cut')}`}
                {hasMore && (
                  <Button small busy={isLoading} onClick={more}>
                    {t('more')}
                  </Button>
                )}
              </p>
            )}
          </RecentCalls>
        )}
      </Loaded>
    </Card>
  )
}

interface NoneProps {
  readonly text: string
  readonly filtered: boolean
  readonly onClear: () => void
}

function None({ text, filtered, onClear }: NoneProps) {
  const t = useTexts('schedules')
  if (!filtered)
    return (
      <Empty kind="nothing" title={t('empty.title')}>
        <p className="mb-4">{t('empty.text')}</p>
        <NewLink />
      </Empty>
    )
  return (
    <Empty kind="hidden" title={t('hidden.title')}>
      {/^[A-Za-z0-9@][A-Za-z0-9._:@/-]*$/.test(text) && (
        <p className="mb-3 break-words">
          {t('hidden.open')} <ScheduleLink id={text} />
        </p>
      )}
      <Button onClick={onClear}>{t('clearFilter')}</Button>
    </Empty>
  )
}
