/** What uPlot is told of a chart. */
import uPlot from 'uplot'
import type { Store } from '../../data/store.ts'
import type { Drawing, Line } from './drawing.ts'
import { durationTicks, spanOfDurations, timeLabels, wholeSteps } from './ticks.ts'

export interface Frame {
  readonly width: number
  readonly height: number
  readonly zone: string
  readonly language: string
  readonly pointed: Store<number | null>
}

type Values = Pick<Drawing, 'times' | 'step' | 'kind' | 'scale' | 'lines'>

/** Times in seconds at the middle of what a point stands for, then the values; those of a stack as sums, the largest first. */
export function dataOf({ times, step, kind, scale, lines }: Values): uPlot.AlignedData {
  const middles = times.map((at) => (at + step / 2) / 1_000)
  if (kind === 'lines')
    return [
      middles,
      ...lines.map(({ values }) => (scale === 'log' ? values.map((one) => one && Math.max(1, one)) : [...values])),
    ]
  const sums = lines.map((_, last) =>
    times.map((_, i) => lines.slice(0, last + 1).reduce((sum, { values }) => sum + (values[i] ?? 0), 0)),
  )
  return [middles, ...sums.reverse()]
}

export function optionsOf(drawing: Drawing, { width, height, zone, language, pointed }: Frame): uPlot.Options {
  const { group, kind, scale = 'linear', step, lines, whole = false, format, tick = format } = drawing
  const css = getComputedStyle(document.documentElement)
  const color = (name: string) => css.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--faint'),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    ticks: { show: false },
  }
  const grid = { stroke: color('--line'), width: 1 }
  const half = step / 2_000
  const drawn = kind === 'stack' ? [...lines].reverse() : lines
  return {
    width,
    height,
    legend: { show: false },
    padding: [10, 16, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    scales: {
      x: { range: (_, min, max) => [min - half, max + half] },
      y:
        scale === 'log'
          ? { distr: 3, range: (_, min, max) => spanOfDurations(min, max) }
          : { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 64, values: timeLabels(zone, language) },
      {
        ...axis,
        grid,
        size: 54,
        gap: 6,
        space: 30,
        values: (_, splits) => splits.map((value) => (value === null ? null : tick(value))),
        ...(scale === 'log' && { splits: (_, __, min, max) => durationTicks(min, max), filter: (_, splits) => splits }),
        ...(whole && { incrs: wholeSteps }),
      },
    ],
    series: [{}, ...drawn.map((line) => (kind === 'stack' ? bar(line, color) : stroke(line, color)))],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: group },
      points: kind === 'stack' ? { show: false } : { size: 6 },
    },
    hooks: {
      setCursor: [
        ({ cursor }) => pointed.set(cursor.left === undefined || cursor.left < 0 ? null : (cursor.idx ?? null)),
      ],
    },
  }
}

const bar = ({ label, color }: Line, of: (name: string) => string): uPlot.Series => ({
  label,
  fill: of(color),
  width: 0,
  paths: uPlot.paths.bars?.({ size: [0.78, 28], align: 0 }),
  points: { show: false },
})

const stroke = ({ label, color, dash }: Line, of: (name: string) => string): uPlot.Series => ({
  label,
  stroke: of(color),
  width: 1.6,
  ...(dash && { dash: [...dash] }),
  points: { show: () => false, filter: lonely, size: 4, fill: of(color) },
})

/** Points with gaps on both sides, which no line would show. */
function lonely({ data }: uPlot, series: number): number[] {
  const values = data[series] as (number | null)[]
  const is = (i: number) => values[i] !== null && values[i] !== undefined
  return values.flatMap((_, i) => (is(i) && !is(i - 1) && !is(i + 1) ? [i] : []))
}
