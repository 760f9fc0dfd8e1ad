/** What the screens of flows, lanes and access decide without a browser. */
import { describe, expect, test } from 'vitest'
import { suggestPassword } from '../src/screens/access/password.ts'
import { edgesInto, graphicOf, stepsOf } from '../src/screens/flow/flow.ts'
import { box, columnsOf, depthsOf, pathOf } from '../src/screens/flow/graphic.ts'
import { serviceOf } from '../src/screens/lanes/lane.ts'

const edge = (parent: string, child: string, onParentFail = 'cancel') => ({ parent, child, onParentFail, open: true })
const flow = (ids: string, edges: readonly ReturnType<typeof edge>[]) =>
  ({ jobs: [...ids].map((id) => ({ id })), edges }) as never

describe('a flow', () => {
  test('each job stands behind everything that it waits for, however far round', () => {
    const long = flow('edcba', [edge('a', 'b'), edge('b', 'c'), edge('e', 'd'), edge('c', 'd'), edge('x', 'a')])
    expect(stepsOf(long).map((step) => step.map(({ id }) => id).join(''))).toEqual(['ea', 'b', 'c', 'd'])
    expect([...edgesInto((long as { edges: [] }).edges)].map(([child, into]) => `${child}${into.length}`)).toEqual([
      'b1',
      'c1',
      'd2',
      'a1',
    ])
  })

  test('what it waits for outside is drawn too, and edges with words have room for them', () => {
    const { ids, edges } = graphicOf(flow('ab', [edge('x', 'a'), edge('a', 'b', 'wait')]))
    expect(ids).toEqual(['a', 'b', 'x'])
    expect(edges.map(({ labelled }) => labelled)).toEqual([false, true])
  })

  test('a chain of 5 000 needs no stack, and columns never overlap', () => {
    const ids = Array.from({ length: 5_000 }, (_, i) => `${i}`)
    const edges = ids.slice(1).map((child, i) => ({ parent: `${i}`, child, labelled: false }))
    expect(depthsOf({ ids, edges }).get('4999')).toBe(4_999)
    const { places } = columnsOf({ ids: ids.slice(0, 40), edges: edges.filter((_, i) => i < 39 && i % 4 === 0) })
    for (const [i, a] of places.entries())
      for (const b of places.slice(i + 1))
        expect(Math.abs(a.x - b.x) >= box.width || Math.abs(a.y - b.y) >= box.height).toBe(true)
  })

  test('a line is level where its way is', () => {
    expect(pathOf({ x: 0, y: 0 }, { x: 40, y: 8 }, [{ x: 20, y: 0 }])).toBe('M0,0L20,0C30,0 30,8 40,8')
  })
})

test.each([
  { lane: { workers: 1, waiting: 5 }, service: 'served' },
  { lane: { workers: 0, waiting: 5 }, service: 'unserved' },
  { lane: { workers: 0, scheduled: 1 }, service: 'unserved' },
  { lane: { workers: 0 }, service: 'idle' },
  { lane: { workers: 1, waiting: 5, paused: { reason: 'x', since: '' } }, service: 'paused' },
])('a lane with $lane is $service', ({ lane, service }) => {
  expect(serviceOf({ waiting: 0, scheduled: 0, paused: null, ...lane } as never)).toBe(service)
})

test('a suggested password is long, new each time, and has nothing that is misread', () => {
  const all = Array.from({ length: 200 }, suggestPassword)
  expect(new Set(all).size).toBe(200)
  for (const password of all) expect(password).toMatch(/^[a-km-np-zA-HJ-NP-Z2-9]{5}(-[a-km-np-zA-HJ-NP-Z2-9]{5}){3}$/)
})
