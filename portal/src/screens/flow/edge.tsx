import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, MarkerType } from '@xyflow/react'
import { memo } from 'react'
import { useTexts } from '../../lib/texts.ts'
import type { FlowEdge } from './flow.ts'
import { type Place, pathOf } from './graphic.ts'

export type Line = Edge<
  { readonly way: readonly Place[]; readonly rule: FlowEdge['onParentFail']; readonly open: boolean },
  'wait'
>

const arrow = (color: string) => ({ type: MarkerType.ArrowClosed, color, width: 16, height: 16 })
export const markers = { usual: arrow('var(--line-strong)'), own: arrow('var(--warn)') }

/** That one job waits for another: dashed while it does, with words where a failure does not simply cancel it. */
const WaitLine = memo(({ sourceX, sourceY, targetX, targetY, data, markerEnd }: EdgeProps<Line>) => {
  const t = useTexts('flow')
  const { way = [], rule = 'cancel', open = false } = data ?? {}
  const middle = way[Math.floor(way.length / 2)] ?? { x: (sourceX + targetX) / 2, y: (sourceY + targetY) / 2 }
  return (
    <>
      <BaseEdge
        path={pathOf({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, way)}
        markerEnd={markerEnd}
        interactionWidth={0}
        style={{
          stroke: rule === 'cancel' ? 'var(--line-strong)' : 'var(--warn)',
          strokeDasharray: open ? '5 4' : undefined,
        }}
      />
      {rule !== 'cancel' && (
        <EdgeLabelRenderer>
          <span
            className="absolute rounded bg-canvas px-1 text-[11px] text-warn"
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
          >
            {t(`edge.${rule}`)}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  )
})
WaitLine.displayName = 'WaitLine'

export const edgeTypes = { wait: WaitLine }
