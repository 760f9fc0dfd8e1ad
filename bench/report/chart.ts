/**
 * The chart of a workload: an SVG of horizontal bars, one panel for each unit. It stands in an `<img>`, where it cannot know
 * whether the page around it is light or dark (`prefers-color-scheme` is what the system wants, not what GitHub shows), so
 * it brings its own white ground.
 */
import { type Figure, median, type WorkloadResult } from '../figures.ts'
import { format } from './format.ts'
import { drawPanel, whiskerRuns } from './panel.ts'
import { coloursOf, measuredSides, sidesOf, valuesOf } from './sides.ts'
import { type Block, element, escapeXml, paragraph, textWidth, wrap } from './svg.ts'

const width = 760
const margin = 24
const inner = width - 2 * margin

const style = `
  text { font: 12px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .panel { font-size: 13px; font-weight: 600; }
  .value { font-size: 11px; paint-order: stroke; stroke: #fff; stroke-width: 3px; stroke-linejoin: round; }
  .best { font-weight: 700; }
  .small { font-size: 11px; fill: #59636e; }
  .grid { stroke: #e4e7eb; }
  .axis { stroke: #818b98; }
  .whisker { stroke: #1f2328; fill: none; }
  .halo { stroke: #fff; stroke-width: 3px; stroke-opacity: 0.6; fill: none; }
`

/** The file of a chart: `w2.svg`. */
export const chartName = ({ id }: WorkloadResult): string => `${id.toLowerCase()}.svg`

/**
 * @param colours by side; with one map for all charts of a report a side has the same colour in each
 * @returns the SVG, or null where there is no value to draw
 */
export function chart(workload: WorkloadResult, colours = coloursOf(sidesOf(workload))): string | null {
  const figures = workload.figures.filter((figure) => measuredSides(figure).length > 0)
  if (figures.length === 0) return null
  const sides = [...new Set(figures.flatMap(measuredSides))]
  const panels = Map.groupBy(figures, ({ unit, better }) => `${unit}, ${better}`)
  const title = `${workload.id}: ${workload.title}`

  const elements: string[] = []
  let y = margin - 4
  const put = (block: Block, gap: number) => {
    elements.push(...block.elements)
    y += block.height + gap
  }
  put(paragraph(title, margin, y, inner, 17, 'title'), 12)
  put(legend(sides, colours, y), 22)
  for (const panel of panels.values()) put(drawPanel(panel, sides, colours, { left: margin, width: inner, y }), 20)
  put(paragraph(footnote(workload, figures), margin, y, inner, 11, 'small'), margin - 6)
  const height = Math.ceil(y)

  const id = workload.id.toLowerCase()
  const content = [
    element('title', { id: `${id}-title` }, escapeXml(title)),
    element('desc', { id: `${id}-desc` }, escapeXml(figures.map(inWords).join(' '))),
    element('style', {}, style),
    element('rect', { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, fill: '#fff', stroke: '#d1d9e0' }),
    ...elements,
  ]
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-desc`,
  }
  return `${element('svg', attributes, `\n${content.join('\n')}\n`)}\n`
}

/** A square and a name for each side, as many in a line as fit. */
function legend(sides: readonly string[], colours: ReadonlyMap<string, string>, y: number): Block {
  const elements: string[] = []
  let x = margin
  let top = y
  for (const side of sides) {
    const [name = ''] = wrap(side, inner - 18, 12)
    const space = 18 + textWidth(name, 12)
    if (x > margin && x + space > margin + inner) {
      x = margin
      top += 20
    }
    elements.push(
      element('rect', { x, y: top, width: 12, height: 12, rx: 2, fill: colours.get(side) ?? '#000' }),
      element('text', { x: x + 18, y: top + 10.5, class: 'legend' }, escapeXml(name)),
    )
    x += space + 12
  }
  return { elements, height: top + 12 - y }
}

function footnote({ runs, quick }: WorkloadResult, figures: readonly Figure[]): string {
  const whiskers = figures.some((figure) =>
    measuredSides(figure).some((side) => valuesOf(figure, side).length >= whiskerRuns),
  )
  return [
    runs === 1 ? 'One run.' : `Medians of ${runs} runs.`,
    ...(whiskers ? ['Thin lines reach from the lowest run to the highest.'] : []),
    ...(quick ? ['Run with --quick: good for a look and no more.'] : []),
  ].join(' ')
}

/** What the bars show, for those who cannot see them. */
function inWords(figure: Figure): string {
  const values = measuredSides(figure).map((side) => `${side} ${format(median(valuesOf(figure, side)), figure.unit)}`)
  return `${figure.name}: ${values.join(', ')}.`
}
