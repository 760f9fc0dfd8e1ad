/** Arranges a graph beside the page: a tangled one of a thousand jobs takes a minute. */
import { Graph, layout } from '@dagrejs/dagre'
import { box, type Drawing, type Graphic, gap, type Place } from './graphic.ts'

/** Above so many jobs the exact ranking takes longer than people wait. */
const exactUpTo = 150

/** Room of the words on an edge. */
const words = { width: 104, height: 18 }

self.onmessage = ({ data: { ids, edges } }: MessageEvent<Graphic>) => {
  const graph = new Graph()
  const ranker = ids.length > exactUpTo ? 'tight-tree' : 'network-simplex'
  graph.setGraph({ rankdir: 'LR', nodesep: gap.down, ranksep: gap.across, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const id of ids) graph.setNode(id, { ...box })
  for (const { parent, child, labelled } of edges)
    graph.setEdge(parent, child, labelled ? { ...words, labelpos: 'c' } : {})
  layout(graph)
  const centres = ids.map((id) => graph.node(id) as Place)
  const columns = new Set(centres.map(({ x }) => Math.round(x)))
  const passing = ({ x, y }: Place): Place[] =>
    columns.has(Math.round(x))
      ? [
          { x: x - box.width / 2, y },
          { x: x + box.width / 2, y },
        ]
      : [{ x, y }]
  const drawing: Drawing = {
    places: centres.map(({ x, y }) => ({ x: x - box.width / 2, y: y - box.height / 2 })),
    // The first and the last point stand on the edges of the boxes; lines leave and reach these in their middle.
    ways: edges.map(({ parent, child }) =>
      ((graph.edge(parent, child)?.points ?? []) as Place[]).slice(1, -1).flatMap(passing),
    ),
  }
  self.postMessage(drawing)
}
