/** A panel of a chart: the figures of one unit on one scale, with their names on the left and the axis below. */
import { type Figure, median } from '../figures.ts'
import { format, formatTick, unitName } from './format.ts'
import { type Scale, scaleOf } from './scale.ts'
import { bestOf, measuredSides, valuesOf } from './sides.ts'
import { type Block, element, escapeXml, paragraph, tenths, textWidth, wrap } from './svg.ts'

/** Fewer runs have no spread worth drawing. */
export const whiskerRuns = 3

const namesWidth = 204
const barHeight = 13
const barStep = 16
const groupGap = 14
const lineHeight = 15
const axisHeight = 18

interface Place {
  readonly left: number
  readonly width: number
  readonly y: number
}

/** What all bars of a panel share. */
interface Plot {
  readonly left: number
  readonly sides: readonly string[]
  readonly colours: ReadonlyMap<string, string>
  readonly x: (value: number) => number
}

/** @param figures all of the same unit, each with a value */
export function drawPanel(
  figures: readonly Figure[],
  sides: readonly string[],
  colours: ReadonlyMap<string, string>,
  { left, width, y }: Place,
): Block {
  const { unit, better } = figures[0] as Figure
  const measured = figures.flatMap((figure) => measuredSides(figure).map((side) => valuesOf(figure, side)))
  const scale = scaleOf(measured.flat())
  const labelsWidth = 8 + Math.max(...measured.map((values) => textWidth(format(median(values), unit), 11)))
  const plotLeft = left + namesWidth
  const plotWidth = width - namesWidth - labelsWidth
  const plot: Plot = { left: plotLeft, sides, colours, x: (value) => plotLeft + scale.at(value) * plotWidth }

  const how = `${unitName(unit)}, ${better} is better${scale.logarithmic ? '; logarithmic scale' : ''}`
  const title = paragraph(how, left, y, width, 13, 'panel')
  const top = y + title.height + 6
  const bars: string[] = []
  let below = top + groupGap / 2
  for (const figure of figures) {
    const group = drawGroup(figure, left, below, plot)
    bars.push(...group.elements)
    below += group.height + groupGap
  }
  const bottom = below - groupGap / 2
  return {
    elements: [...title.elements, ...drawAxis(scale, unit, top, bottom, plot), ...bars],
    height: bottom + axisHeight - y,
  }
}

function drawAxis({ ticks }: Scale, unit: Figure['unit'], top: number, bottom: number, { left, x }: Plot): string[] {
  return [
    ...ticks.flatMap((tick) => [
      element('line', { x1: x(tick), x2: x(tick), y1: top, y2: bottom, class: 'grid' }),
      element(
        'text',
        { x: x(tick), y: bottom + 14, class: 'small', 'text-anchor': 'middle' },
        escapeXml(formatTick(tick, unit)),
      ),
    ]),
    element('line', { x1: left, x2: left, y1: top, y2: bottom, class: 'axis' }),
  ]
}

/** A figure: its name, and a bar for each side that has a value, in the order of the legend. */
function drawGroup(figure: Figure, left: number, y: number, plot: Plot): Block {
  const present = plot.sides.filter((side) => measuredSides(figure).includes(side))
  const name = wrap(figure.name, namesWidth - 12, 12)
  const height = Math.max(present.length * barStep, name.length * lineHeight)
  const firstLine = y + (height - name.length * lineHeight) / 2
  const firstBar = y + (height - present.length * barStep) / 2 + (barStep - barHeight) / 2
  return {
    elements: [
      ...name.map((line, i) => element('text', { x: left, y: firstLine + i * lineHeight + 11.5 }, escapeXml(line))),
      ...present.flatMap((side, i) => drawBar(figure, side, firstBar + i * barStep, plot)),
    ],
    height,
  }
}

/** A bar as long as the median, over it a whisker from the lowest to the highest run, and the number behind both. */
function drawBar(figure: Figure, side: string, y: number, { left, colours, x }: Plot): string[] {
  const values = valuesOf(figure, side)
  const end = x(median(values))
  const low = tenths(x(Math.min(...values)))
  const high = tenths(x(Math.max(...values)))
  const middle = tenths(y + barHeight / 2)
  const elements = [
    element('rect', { x: left, y, width: end - left, height: barHeight, fill: colours.get(side) ?? '#000' }),
  ]
  const hasWhisker = values.length >= whiskerRuns && high - low >= 1
  if (hasWhisker) {
    const d = `M${low} ${middle - 3}v6M${low} ${middle}H${high}M${high} ${middle - 3}v6`
    elements.push(element('path', { d, class: 'halo' }), element('path', { d, class: 'whisker' }))
  }
  const label = { x: (hasWhisker ? high : end) + 6, y: y + barHeight / 2 + 4 }
  const kind = bestOf(figure).includes(side) ? 'value best' : 'value'
  elements.push(element('text', { ...label, class: kind }, escapeXml(format(median(values), figure.unit))))
  return elements
}
