/** The same as the drawing, as nested lists: step by step, each with its jobs. Nothing in it needs eyes or a mouse. */
import { ChevronRight } from 'lucide-react'
import { memo, type ReactNode, useId, useMemo, useState } from 'react'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { JobLink, shortId } from '../../ui/link.tsx'
import { type JobState, StateBadge, StateIcon } from '../../ui/state.tsx'
import { StateBar, type StateCounts } from '../../ui/state-bar.tsx'
import { edgesInto, type Flow, type FlowEdge, type FlowJob, stepsOf } from './flow.ts'
import { JobTime } from './job-time.tsx'

/** Parents of a job that are named; the page of the job has all. */
const named = 3
/** Jobs up to which all steps are open. */
const openUpTo = 200
/** Rows of a step that are shown at once. */
const atOnce = 100

export function FlowList({ flow, state }: { readonly flow: Flow; readonly state: JobState | '' }) {
  const t = useTexts('flow')
  const { jobs, edges } = flow
  const steps = useMemo(() => stepsOf({ jobs, edges }), [jobs, edges])
  const into = useMemo(() => edgesInto(edges), [edges])
  const byId = useMemo(() => new Map(jobs.map((job) => [job.id as string, job])), [jobs])
  const shown = steps.map((step) => (state === '' ? step : step.filter((job) => job.state === state)))
  const open = shown.reduce((all, step) => all + step.length, 0) <= openUpTo
  return (
    <ol aria-label={t('listLabel')} className="divide-y divide-line text-[13px]">
      {shown.map((step, i) =>
        step.length === 0 ? null : (
          <Step
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its number
            key={`${i} ${open}`}
            number={i + 1}
            jobs={step}
            open={open}
            row={(job) => <Row key={job.id} job={job} parents={into.get(job.id) ?? none} byId={byId} />}
          />
        ),
      )}
    </ol>
  )
}

interface StepProps {
  readonly number: number
  readonly jobs: readonly FlowJob[]
  /** At first. */
  readonly open: boolean
  readonly row: (job: FlowJob) => ReactNode
}

/** In a large flow it is closed at first, and tells only how its jobs are. */
function Step({ number, jobs, open: first, row }: StepProps) {
  const t = useTexts('flow')
  const [open, setOpen] = useState(first)
  const [most, setMost] = useState(atOnce)
  const id = useId()
  return (
    <li className="md:flex">
      <h2 className="px-2 pt-2 md:w-28 md:shrink-0 md:py-2">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex h-7 items-center gap-1 rounded px-1.5 font-medium text-faint text-xs hover:bg-hover hover:text-ink"
        >
          <ChevronRight className={cx('size-3.5 transition-transform', open && 'rotate-90')} aria-hidden />
          <span id={`${id}-name`}>{t('step', { step: number })}</span>
        </button>
      </h2>
      <div id={id} className="min-w-0 flex-1">
        {open ? (
          <>
            <ul aria-labelledby={`${id}-name`} className="divide-y divide-line">
              {jobs.slice(0, most).map(row)}
            </ul>
            {jobs.length > most && (
              <div className="border-line border-t px-4 py-2">
                <Button small onClick={() => setMost(most + openUpTo)}>
                  {t('moreJobs', { count: jobs.length - most })}
                </Button>
              </div>
            )}
          </>
        ) : (
          <StateBar counts={countsOf(jobs)} className="max-w-md px-4 py-2.5" />
        )}
      </div>
    </li>
  )
}

function countsOf(jobs: readonly FlowJob[]): StateCounts {
  const counts: Partial<Record<JobState, number>> = {}
  for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

const none: readonly FlowEdge[] = []

interface RowProps {
  readonly job: FlowJob
  readonly parents: readonly FlowEdge[]
  readonly byId: ReadonlyMap<string, FlowJob>
}

const Row = memo(({ job, parents, byId }: RowProps) => {
  const t = useTexts('flow')
  return (
    <li className="flex min-w-0 items-center gap-3 px-4 py-2 hover:bg-hover max-sm:flex-wrap max-sm:gap-y-1">
      <span className="w-28 shrink-0">
        <StateBadge state={job.state} />
      </span>
      <span className="min-w-0 flex-1 truncate max-sm:order-2 max-sm:basis-full">
        <JobLink id={job.id}>{job.job}</JobLink>
        <code className="ml-2 font-mono text-[11px] text-faint">…{job.id.slice(-6)}</code>
      </span>
      {parents.length > 0 && (
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 text-soft text-xs max-sm:order-3 max-sm:basis-full">
          <span>{t('after')}</span>
          {parents.slice(0, named).map(({ parent, onParentFail, open }) => (
            <Parent key={parent} id={parent} job={byId.get(parent)} rule={onParentFail} open={open} />
          ))}
          {parents.length > named && <span>{t('moreParents', { count: parents.length - named })}</span>}
        </span>
      )}
      <span className="tabular w-24 shrink-0 truncate text-right text-soft text-xs max-sm:ml-auto max-sm:w-auto">
        <JobTime job={job} />
      </span>
    </li>
  )
})
Row.displayName = 'Row'

interface ParentProps {
  readonly id: string
  readonly job: FlowJob | undefined
  readonly rule: FlowEdge['onParentFail']
  readonly open: boolean
}

function Parent({ id, job, rule, open }: ParentProps) {
  const t = useTexts('flow')
  return (
    <span className="inline-flex min-w-0 items-center gap-1">
      {job && <StateIcon state={job.state} className="size-3" />}
      <span className="truncate">{job?.job ?? shortId(id)}</span>
      <span className="sr-only">{job ? t(`state.${job.state}`) : t('outside')}</span>
      {open && job?.state !== 'running' && <span className="sr-only">{t('stillOpen')}</span>}
      {rule !== 'cancel' && <span className="text-warn">({t(`edge.${rule}`)})</span>}
    </span>
  )
}
