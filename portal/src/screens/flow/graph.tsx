/** The drawing of a flow. It is loaded when it is looked at, with what draws it. */
import '@xyflow/react/dist/base.css'
import './graph.css'
import { MiniMap, type Node, Position, ReactFlow } from '@xyflow/react'
import { useMemo, useRef } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { Loading } from '../../ui/page.tsx'
import { stateColor } from '../../ui/state.tsx'
import { edgeTypes, type Line, markers } from './edge.tsx'
import { type Flow, type FlowJob, graphicOf } from './flow.ts'
import { box, type Place } from './graphic.ts'
import { type Drawn, useDrawing } from './layout.ts'
import { type JobNode, nodeTypes, type OtherNode } from './nodes.tsx'
import { Tools } from './tools.tsx'

/** Above so many jobs there is a map; above the other only those in sight are drawn. */
const mapFrom = 40
const sightFrom = 120
const least = 0.03
/** Of a drawing that is larger than any screen: it begins where somebody has to look. */
const readable = 0.6

type Box = JobNode | OtherNode

export default function Graph({ flow }: { readonly flow: Flow }) {
  const t = useTexts('flow')
  const shape = JSON.stringify(graphicOf(flow))
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is new only when jobs or edges come or go
  const graphic = useMemo(() => graphicOf(flow), [shape])
  const drawn = useDrawing(graphic)
  const nodes = useNodes(flow.jobs, drawn)
  const lines = useMemo(() => linesOf(flow.edges, drawn), [flow.edges, drawn])
  return (
    <div className="flow-graph relative h-[max(24rem,calc(100vh-22rem))]" role="group" aria-label={t('graph')}>
      {drawn !== null ? (
        <ReactFlow<Box, Line>
          nodes={nodes}
          edges={lines}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          onlyRenderVisibleElements={nodes.length > sightFrom}
          minZoom={least}
          maxZoom={1.6}
          fitView
          fitViewOptions={nodes.length > sightFrom ? beginAt(flow.jobs) : { padding: 0.06, maxZoom: 1 }}
        >
          <Tools />
          {nodes.length > mapFrom && (
            <MiniMap pannable zoomable ariaLabel={t('map')} nodeColor={colorOf} nodeStrokeWidth={0} />
          )}
        </ReactFlow>
      ) : (
        <>
          <p role="status" className="px-4 pt-3 text-[13px] text-soft">
            {t('arranging')}
          </p>
          <Loading rows={6} />
        </>
      )}
    </div>
  )
}

/** What failed, else what runs, else where it begins. */
function beginAt(jobs: readonly FlowJob[]) {
  const of = (state: FlowJob['state']) => jobs.find((job) => job.state === state)
  const job = of('failed') ?? of('running') ?? jobs[0]
  return { nodes: job === undefined ? [] : [{ id: job.id }], minZoom: readable, maxZoom: readable }
}

const colorOf = (node: Node): string =>
  node.type === 'job' ? stateColor((node as JobNode).data.job.state) : 'var(--line-strong)'

/** One for each id that has its place. What has not changed stays the same object, so that it is not drawn again. */
function useNodes(jobs: readonly FlowJob[], drawn: Drawn | null): Box[] {
  const known = useRef(new Map<string, Box>())
  return useMemo(() => {
    if (drawn === null) return []
    const byId = new Map(jobs.map((job) => [job.id as string, job]))
    const nodes = drawn.graphic.ids.map((id, i) => {
      const place = drawn.places[i] as Place
      const before = known.current.get(id)
      const job = byId.get(id)
      const same = before?.position === place && (before.type === 'job' ? before.data.job === job : job === undefined)
      return same ? before : nodeOf(id, job, place)
    })
    known.current = new Map(nodes.map((node) => [node.id, node]))
    return nodes
  }, [jobs, drawn])
}

const handles = [
  { type: 'target' as const, position: Position.Left, x: 0, y: box.height / 2, width: 1, height: 1 },
  { type: 'source' as const, position: Position.Right, x: box.width, y: box.height / 2, width: 1, height: 1 },
]

function nodeOf(id: string, job: FlowJob | undefined, place: Place): Box {
  const frame = { id, position: place, ...box, measured: box, handles }
  return job === undefined ? { ...frame, type: 'other', data: {} } : { ...frame, type: 'job', data: { job } }
}

function linesOf(edges: Flow['edges'], drawn: Drawn | null): Line[] {
  const ways = new Map(drawn?.graphic.edges.map(({ parent, child }, i) => [`${parent} ${child}`, drawn.ways[i] ?? []]))
  return edges.flatMap(({ parent, child, onParentFail, open }): Line[] => {
    const id = `${parent} ${child}`
    const way = ways.get(id)
    if (way === undefined) return []
    const markerEnd = onParentFail === 'cancel' ? markers.usual : markers.own
    return [{ id, type: 'wait', source: parent, target: child, markerEnd, data: { way, rule: onParentFail, open } }]
  })
}
