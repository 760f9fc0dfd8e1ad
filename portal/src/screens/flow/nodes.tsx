import { useNavigate } from '@tanstack/react-router'
import { Handle, type Node, type NodeProps, Position, useReactFlow } from '@xyflow/react'
import { memo, type ReactNode } from 'react'
import { cluster, home } from '../../data/client.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { shortId } from '../../ui/link.tsx'
import { StateIcon, stateFill, stateText } from '../../ui/state.tsx'
import type { FlowJob } from './flow.ts'
import { box } from './graphic.ts'
import { JobTime } from './job-time.tsx'

export type JobNode = Node<{ readonly job: FlowJob }, 'job'>
export type OtherNode = Node<Record<string, never>, 'other'>

interface FrameProps {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly className: string
  readonly state?: string
  readonly children: ReactNode
}

/** It leads to the job. A plain link: a thousand of the router's own would each watch the address. */
function Frame({ id, x, y, className, state, children }: FrameProps) {
  const navigate = useNavigate()
  const { setCenter, getZoom } = useReactFlow()
  return (
    <a
      href={new URL(`jobs/${id}${cluster === undefined ? '' : `?cluster=${encodeURIComponent(cluster)}`}`, home).href}
      draggable={false}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        void navigate({ to: '/jobs/$id', params: { id } })
      }}
      onFocus={({ currentTarget }) => {
        // Who goes from job to job by the keyboard sees the one that has the focus.
        if (!currentTarget.matches(':focus-visible')) return
        void setCenter(x + box.width / 2, y + box.height / 2, { zoom: Math.max(getZoom(), 0.6) })
      }}
      className={cx(
        'pointer-events-auto relative flex flex-col justify-center overflow-hidden rounded-lg border border-line-strong bg-surface pr-2.5 pl-4 hover:border-accent',
        className,
      )}
      style={box}
      data-state={state}
    >
      {children}
      <Handle type="target" position={Position.Left} isConnectable={false} className="invisible" />
      <Handle type="source" position={Position.Right} isConnectable={false} className="invisible" />
    </a>
  )
}

/** A job: its state by glyph, word and colour; how far it is. */
const JobBox = memo(({ data: { job }, positionAbsoluteX, positionAbsoluteY }: NodeProps<JobNode>) => {
  const t = useTexts('flow')
  return (
    <Frame id={job.id} x={positionAbsoluteX} y={positionAbsoluteY} className="" state={job.state}>
      <span className={cx('absolute inset-y-0 left-0 w-1.5', stateFill(job.state))} aria-hidden />
      <span className="truncate font-medium text-[13px]">{job.job}</span>
      <span className="flex min-w-0 items-center gap-1.5 text-xs">
        <StateIcon state={job.state} />
        <span className={stateText(job.state)}>{t(`state.${job.state}`)}</span>
        <span className="min-w-0 flex-1 truncate text-right text-soft">
          <JobTime job={job} />
        </span>
      </span>
      {job.state === 'running' && job.progress !== null && (
        <span className="absolute inset-x-0 bottom-0 h-1 bg-hover" aria-hidden>
          <span className="block h-full bg-running" style={{ width: `${job.progress.percent}%` }} />
        </span>
      )}
    </Frame>
  )
})
JobBox.displayName = 'JobBox'

/** What stands before the flow, or is gone. */
const OtherBox = memo(({ id, positionAbsoluteX, positionAbsoluteY }: NodeProps<OtherNode>) => {
  const t = useTexts('flow')
  return (
    <Frame id={id} x={positionAbsoluteX} y={positionAbsoluteY} className="border-dashed">
      <code className="truncate font-mono text-[12px]">{shortId(id)}</code>
      <span className="truncate text-soft text-xs">{t('outside')}</span>
    </Frame>
  )
})
OtherBox.displayName = 'OtherBox'

export const nodeTypes = { job: JobBox, other: OtherBox }
