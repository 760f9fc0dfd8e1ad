/** What is drawn of a flow: names and who waits for whom. Pure, and loaded by the worker too. */

/** A job in the drawing, in pixels; between two columns, and between two rows. */
export const box = { width: 216, height: 60 } as const
export const gap = { across: 56, down: 18 } as const

export interface Place {
  readonly x: number
  readonly y: number
}

export interface Graphic {
  readonly ids: readonly string[]
  readonly edges: readonly GraphicEdge[]
}

export interface GraphicEdge {
  readonly parent: string
  readonly child: string
  /** Words stand on it, so it needs room. */
  readonly labelled: boolean
}

/** Where everything stands. */
export interface Drawing {
  /** In the order of the ids: upper left corners. */
  readonly places: readonly Place[]
  /** In the order of the edges: what each passes on its way from box to box. */
  readonly ways: readonly (readonly Place[])[]
}

/** How many jobs stand one behind the other before each, at most. */
export function depthsOf({
  ids,
  edges,
}: {
  readonly ids: readonly string[]
  readonly edges: readonly Pick<GraphicEdge, 'parent' | 'child'>[]
}): ReadonlyMap<string, number> {
  const depths = new Map(ids.map((id) => [id, 0]))
  const waits = new Map(ids.map((id) => [id, 0]))
  const children = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const { parent, child } of edges) {
    if (!depths.has(parent) || !depths.has(child)) continue
    children.get(parent)?.push(child)
    waits.set(child, (waits.get(child) ?? 0) + 1)
  }
  const free = ids.filter((id) => waits.get(id) === 0)
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    const next = (depths.get(id) ?? 0) + 1
    for (const child of children.get(id) ?? []) {
      depths.set(child, Math.max(depths.get(child) ?? 0, next))
      const left = (waits.get(child) ?? 0) - 1
      waits.set(child, left)
      if (left === 0) free.push(child)
    }
  }
  return depths
}

/** A column for each step: for a graph so tangled that nobody waits for a better drawing. */
export function columnsOf(graphic: Graphic): Drawing {
  const depths = depthsOf(graphic)
  const filled = new Map<number, number>()
  const places = graphic.ids.map((id) => {
    const column = depths.get(id) ?? 0
    const row = filled.get(column) ?? 0
    filled.set(column, row + 1)
    return { x: column * (box.width + gap.across), y: row * (box.height + gap.down) }
  })
  return { places, ways: graphic.edges.map(() => []) }
}

/** A line from box to box along its way, level where it passes a column of boxes. */
export function pathOf(from: Place, to: Place, way: readonly Place[]): string {
  const points = [from, ...way, to]
  let path = `M${from.x},${from.y}`
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] as Place, points[i] as Place]
    const middle = (a.x + b.x) / 2
    path += a.y === b.y ? `L${b.x},${b.y}` : `C${middle},${a.y} ${middle},${b.y} ${b.x},${b.y}`
  }
  return path
}
