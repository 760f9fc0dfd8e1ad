import { useNavigate } from '@tanstack/react-router'
import { ArrowUp } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useMayCall } from '../../data/me.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Loading } from '../../ui/page.tsx'
import { ErrorText, Problem } from '../../ui/problem.tsx'
import { Table } from '../../ui/table.tsx'
import { At } from '../../ui/time.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { useJobColumns } from './columns.tsx'
import { acts, type Job, timeOfId } from './job.ts'
import { forgetJobs, type useJobPages } from './pages.ts'

const nothing: ReadonlySet<string> = new Set()
const idOf = ({ id }: Job): string => id

export interface JobListProps {
  readonly filter: string
  readonly list: ReturnType<typeof useJobPages>
  /** The filter is not understood; its field says why. */
  readonly isWrong: boolean
  /** Somebody looks closely: nothing is to move. */
  readonly onHold: (held: boolean) => void
  readonly onClear: () => void
}

export function JobList({ filter, list, isWrong, onHold, onClear }: JobListProps) {
  const t = useTexts('jobs')
  const navigate = useNavigate()
  const columns = useJobColumns()
  const frame = useRef<HTMLDivElement>(null)
  const [selected, setSelected] = useState(nothing)
  const [pointed, setPointed] = useState(false)
  const may = useMayCall()
  const mayAny = acts.some((act) => may(`jobs.${act}`))
  const chosen = useMemo(() => list.rows.filter(({ id }) => selected.has(id)), [list.rows, selected])
  const toTop = useCallback(() => frame.current?.querySelector('[data-table]')?.scrollTo({ top: 0 }), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter, another list
  useEffect(() => {
    setSelected(nothing)
    toTop()
  }, [filter])
  const held = pointed || chosen.length > 0 || !list.top
  useEffect(() => onHold(held), [held, onHold])
  const open = useCallback((job: Job) => void navigate({ to: '/jobs/$id', params: { id: job.id } }), [navigate])

  if (list.rows.length === 0) {
    if (isWrong)
      return (
        <Empty kind="hidden" title={t('empty.wrong')}>
          <Button onClick={onClear}>{t('clearFilter')}</Button>
        </Empty>
      )
    if (list.error !== null) return <Problem error={list.error} />
    if (list.isOld || list.isReadingOn) return <Loading rows={12} />
    if (filter !== '')
      return (
        <Empty kind="hidden" title={t('empty.hidden')}>
          {list.hasMore ? <Further list={list} /> : <Button onClick={onClear}>{t('clearFilter')}</Button>}
        </Empty>
      )
    return (
      <Empty kind="nothing" title={t('empty.nothing')}>
        {t('empty.nothingText')}
      </Empty>
    )
  }
  const { pending } = list
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches whether somebody looks closely
    <div
      ref={frame}
      className={cx('relative transition-opacity', list.isOld && 'opacity-55')}
      aria-busy={list.isOld || undefined}
      onPointerEnter={(event) => setPointed(event.pointerType === 'mouse')}
      onPointerLeave={() => setPointed(false)}
      onFocus={(event) => setPointed(event.target.matches(':focus-visible'))}
      onBlur={() => setPointed(false)}
    >
      {pending.any && (
        <div className="pointer-events-none absolute inset-x-0 top-10 z-20 flex justify-center">
          <button
            type="button"
            onClick={() => {
              list.show()
              toTop()
            }}
            className="pointer-events-auto inline-flex h-7 items-center gap-1.5 rounded-full bg-accent px-3 font-medium text-on-accent text-xs shadow-md hover:brightness-110"
          >
            <ArrowUp className="size-3.5" aria-hidden />
            {pending.count === 0
              ? t('fresh.changed')
              : t(pending.isMore ? 'fresh.more' : 'fresh.some', { count: pending.count })}
          </button>
        </div>
      )}
      <Table
        label={t('title')}
        columns={columns}
        rows={list.rows}
        idOf={idOf}
        onOpen={open}
        {...(mayAny && { selected, onSelect: setSelected })}
        onEnd={list.more}
        onSeen={list.seen}
        foot={<Foot list={list} />}
      />
      <BulkBar chosen={chosen} onClear={() => setSelected(nothing)} onChoose={setSelected} onDeleted={forgetJobs} />
    </div>
  )
}

/** What stands below the last row; it has the same height whatever it says. */
function Foot({ list }: Pick<JobListProps, 'list'>) {
  const t = useTexts('jobs')
  return (
    <div className="flex min-h-11 flex-wrap items-center justify-center gap-3 px-4 py-1.5 text-center text-faint text-xs">
      {list.trouble !== null ? (
        <>
          <ErrorText error={list.trouble} />
          <Button small onClick={list.searchOn}>
            {t('tryAgain')}
          </Button>
        </>
      ) : list.isReadingOn ? (
        t('loading')
      ) : list.isFull ? (
        t('list.full', { count: list.rows.length })
      ) : list.hasMore ? (
        <Further list={list} />
      ) : (
        t('endOfList')
      )}
    </div>
  )
}

/** Where the search stopped, and how it goes on: each page looks through a bounded number of jobs. */
function Further({ list }: Pick<JobListProps, 'list'>) {
  const t = useTexts('jobs')
  return (
    <span className="inline-flex flex-wrap items-center justify-center gap-3">
      {list.searchedTo !== null && (
        <span>
          {t('list.searchedTo')} <At at={timeOfId(list.searchedTo)} />
        </span>
      )}
      <Button small onClick={list.searchOn}>
        {t('list.searchOn')}
      </Button>
    </span>
  )
}
