import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useUrlDraft, useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { CheckBox, Select, TextInput } from '../../ui/form.tsx'
import { Empty, Loading } from '../../ui/page.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { isOver, type Job } from '../jobs/job.ts'
import { type JobLog, levels, linesThatFit, type NumberedLine } from './log.ts'
import { useJobLog } from './log-lines.ts'
import { LogRow } from './log-row.tsx'

/** What the handler wrote, as it is written. */
export function Logs({ job, readAt }: { readonly job: Job; readonly readAt: number }) {
  const t = useTexts('job')
  const [text, setText] = useUrlDraft('text')
  const [asked, setLevel] = useUrlText('level', 'debug')
  const level = levels.find((one) => one === asked) ?? 'debug'
  const [fence, setFence] = useUrlText('try')
  const [follow, setFollow] = useState(!isOver(job))
  const log = useJobLog(job, readAt, !follow)
  const tries = useMemo(() => [...new Map(log.lines.map((line) => [String(line.fence), line.attempt]))], [log.lines])
  const shown = useMemo(() => linesThatFit(log.lines, { text, level, fence }), [log.lines, text, level, fence])
  const isFiltered = text !== '' || level !== 'debug' || fence !== ''
  const clear = () => {
    setText('')
    setLevel('debug')
    setFence('')
  }
  return (
    <section aria-label={t('logs.title')} className="card overflow-hidden">
      <div className="flex flex-wrap items-center gap-2 border-line border-b px-3 py-2">
        <TextInput
          data-filter
          aria-label={t('logs.search')}
          placeholder={t('logs.search')}
          value={text}
          onChange={setText}
          className="max-w-72 flex-1 basis-40"
        />
        <Select<string>
          aria-label={t('logs.level')}
          value={level}
          onChange={setLevel}
          className="w-auto!"
          options={levels.map((one) => [one, t(`logs.levels.${one}`)] as const)}
        />
        {tries.length > 1 && (
          <Select<string>
            aria-label={t('logs.try')}
            value={fence}
            onChange={setFence}
            className="w-auto!"
            options={[
              ['', t('logs.everyTry')],
              ...tries.map(([own, attempt]) => [own, t('timeline.try', { n: attempt })] as const),
            ]}
          />
        )}
        <span className="tabular ml-auto text-faint text-xs">
          {isFiltered
            ? t('logs.countOf', { shown: count(shown.length), all: count(log.lines.length) })
            : t('logs.count', { count: log.read })}
        </span>
        {!isOver(job) && <CheckBox label={t('logs.follow')} checked={follow} onChange={setFollow} />}
      </div>
      <Notes log={log} job={job} />
      {log.read === 0 ? (
        log.state === 'reading' && log.error === null ? (
          <Loading rows={8} />
        ) : (
          <Empty kind="nothing" title={t('logs.none')}>
            {t(isOver(job) ? 'logs.noneText' : 'logs.noneYet')}
          </Empty>
        )
      ) : shown.length === 0 ? (
        <Empty kind="hidden" title={t('logs.hidden')}>
          <Button onClick={clear}>{t('clearFilter')}</Button>
        </Empty>
      ) : (
        <Lines
          lines={shown}
          withTry={tries.length > 1 && fence === ''}
          follow={follow && !isOver(job)}
          onFollow={setFollow}
        />
      )}
    </section>
  )
}

/** What is not seen of it, and why. */
function Notes({ log, job }: { readonly log: JobLog & { readonly readOn: () => void }; readonly job: Job }) {
  const t = useTexts('job')
  const lost = log.read - log.lines.length
  if (log.error === null && lost === 0 && log.state !== 'stopped') return null
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-b bg-canvas px-3 py-2 text-soft text-xs">
      {log.error !== null && <ErrorText error={log.error} />}
      {lost > 0 && <span>{t('logs.lost', { count: log.lines.length })}</span>}
      {lost > 0 && <Copyable text={`rota jobs logs ${job.id}`} />}
      {log.state === 'stopped' && <span>{t('logs.stopped', { count: log.read })}</span>}
      {(log.state === 'stopped' || log.error !== null) && (
        <Button small onClick={log.readOn}>
          {t('logs.readOn')}
        </Button>
      )}
    </div>
  )
}

interface LinesProps {
  readonly lines: readonly NumberedLine[]
  readonly withTry: boolean
  readonly follow: boolean
  readonly onFollow: (follow: boolean) => void
}

function Lines({ lines, withTry, follow, onFollow }: LinesProps) {
  const t = useTexts('job')
  const scroller = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const before = useRef(0)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 32,
    getItemKey: (i) => lines[i]?.n ?? i,
    overscan: 20,
  })
  const last = lines.at(-1)?.n
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line is what it follows
  useEffect(() => {
    if (follow) virtual.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [follow, last])
  const toggle = (n: number) => {
    const next = new Set(opened)
    if (!next.delete(n)) next.add(n)
    setOpened(next)
  }
  /** Whoever scrolls up wants to read. */
  const onScroll = () => {
    const at = scroller.current
    if (at === null) return
    const isUp = at.scrollTop < before.current - 2
    before.current = at.scrollTop
    if (follow && isUp && at.scrollHeight - at.scrollTop - at.clientHeight > 60) onFollow(false)
  }
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      role="log"
      tabIndex={0}
      aria-label={t('logs.title')}
      aria-live="off"
      className="max-h-[calc(100vh-21rem)] min-h-48 overflow-auto bg-surface"
    >
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index]
          if (line === undefined) return null
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className="absolute inset-x-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <LogRow line={line} open={opened.has(line.n)} onToggle={toggle} withTry={withTry} />
            </div>
          )
        })}
      </div>
    </div>
  )
}
