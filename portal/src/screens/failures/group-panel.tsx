/** A group that is open: when, the newest error with its stack, the jobs, and what can be done with all of them. */
import { Link } from '@tanstack/react-router'
import { Check, Copy, ListTodo, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../data/me.ts'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { HandlerLink, JobLink } from '../../ui/link.tsx'
import { Fact, Facts, Loading } from '../../ui/page.tsx'
import { At } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.ts'
import type { Group } from './alike.ts'
import { filterOf } from './filter.ts'
import type { Wanted } from './retry-all.tsx'

export interface GroupPanelProps {
  readonly group: Group
  /** How many failed jobs were looked at. */
  readonly looked: number
  /** There are older ones, which were not. */
  readonly more: boolean
  /** What the groups were asked for with. */
  readonly base: string
  readonly onRetry: (wanted: Wanted) => void
}

export function GroupPanel({ group, looked, more, base, onRetry }: GroupPanelProps) {
  const t = useTexts('failures')
  const may = useMay('jobs.retry')
  const newest = useRead('jobs.get', { id: group.newest }, { keep: false })
  const error = newest.data?.error ?? null
  const bare = newest.data?.state === 'failed' && error === null
  const filter = filterOf(group, base, bare)
  const trace = error?.stack ?? `${group.error.name}: ${group.error.message}`
  return (
    <div className="space-y-3 border-line border-t bg-canvas px-4 py-3.5 sm:pl-11">
      <Facts>
        <Fact name={t('fact.count')}>
          {t(more ? 'ofNewest' : 'ofAll', { count: group.count, shown: count(group.count), looked: count(looked) })}
        </Fact>
        <Fact name={t('fact.first')}>
          <At at={group.firstAt} />
        </Fact>
        <Fact name={t('fact.last')}>
          <At at={group.lastAt} />
        </Fact>
        <Fact name={t('fact.job')}>
          <span className="flex min-w-0">
            <HandlerLink id={group.job} />
          </span>
        </Fact>
        <Fact name={t('fact.error')}>
          {group.error.name}
          {group.error.code !== null && (
            <code className="ml-2 font-mono text-[12px] text-soft">{group.error.code}</code>
          )}
        </Fact>
        <Fact name={t('fact.newest')}>
          <JobLink id={group.newest} />
        </Fact>
      </Facts>
      <div className="min-h-28">
        {newest.isPending ? (
          <Loading rows={3} />
        ) : bare ? (
          <p className="text-[13px] text-soft">{t('bare', { reason: group.error.message })}</p>
        ) : (
          <CodeBlock label={t('stack')} text={trace} />
        )}
      </div>
      <div className="flex flex-wrap gap-2">
        {may && (
          <Button
            kind="primary"
            disabled={newest.isPending}
            icon={<RotateCcw className="size-4" aria-hidden />}
            onClick={() => onRetry({ group, filter, more })}
          >
            {t('retry.all')}
          </Button>
        )}
        <Link to="/jobs" search={{ filter } as never} className={buttonClass('plain')}>
          <ListTodo className="size-4" aria-hidden />
          {t('show')}
        </Link>
        <CopyGroup text={asText(group, trace)} />
      </div>
    </div>
  )
}

const asText = ({ job, count: n, firstAt, lastAt, newest, error }: Group, trace: string): string =>
  [
    `${job}: ${n} ×`,
    `${firstAt} … ${lastAt}`,
    `job ${newest}`,
    ...(error.code === null ? [] : [`code ${error.code}`]),
    '',
    trace,
  ].join('\n')

function CopyGroup({ text }: { readonly text: string }) {
  const t = useTexts('failures')
  const [done, setDone] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setDone(true)
      setTimeout(() => setDone(false), 1_500)
    } catch {
      toast.bad(new Error(t('copyFailed')))
    }
  }
  const Glyph = done ? Check : Copy
  return (
    <Button onClick={() => void copy()} icon={<Glyph className={done ? 'size-4 text-good' : 'size-4'} aria-hidden />}>
      {t('copyGroup')}
    </Button>
  )
}
