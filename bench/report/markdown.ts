/** The page `docs/benchmarks.md`. */
import { type Check, type Figure, holds, median, type Results, type Side, type WorkloadResult } from '../figures.ts'
import { chart, chartName } from './chart.ts'
import { boundOf, mark, measuredOf } from './checks.ts'
import { format, formatRange } from './format.ts'
import { bestOf, isFloor, sidesOf, valuesOf } from './sides.ts'

/** Fewer runs have no spread worth telling. */
const rangeRuns = 3

/** Links of the page lead to `benchmarks/` beside it, where `writeReport` puts the charts and the values. */
export function markdown(results: Results): string {
  const { sides, workloads } = results
  const parts = ['# Benchmarks', ...introduction(results), ...summary(workloads)]
  if (sides.length > 0) parts.push('## Sides', sidesTable(sides))
  return `${[...parts, ...workloads.flatMap(section)].join('\n\n')}\n`
}

function introduction({ machine, workloads }: Results): string[] {
  const quick = workloads.filter((workload) => workload.quick).map(({ id }) => id)
  const floor = workloads.flatMap(sidesOf).some(isFloor)
  const paragraphs = [
    `What Rota and others do with the same work, measured on one machine: ${escapeMarkdown(machine)}.`,
    `All sides of a workload are measured in the same run, in turns, so that whatever slows the machine slows them all. \
Each figure is the ${medianOf(workloads)}; where there are ${rangeRuns} runs or more, the lowest and the highest stand beside it in small. \
The best of a row is **bold**.${floor ? ' The floor is not a contestant; it shows how far the store itself would go.' : ''}`,
    'This page is made by `npm run bench -- --write`. The values of all runs are in [results.json](benchmarks/results.json).',
  ]
  if (quick.length > 0)
    paragraphs.push(
      `**Measured with \`--quick\`, so good for a look and no more: ${escapeMarkdown(quick.join(', '))}.**`,
    )
  return paragraphs
}

/** `median of 3 runs`, `median of 1 to 5 runs`. */
function medianOf(workloads: readonly WorkloadResult[]): string {
  const runs = workloads.map((workload) => workload.runs)
  const [least, most] = [Math.min(...runs), Math.max(...runs)]
  if (runs.length === 0) return 'median of all runs'
  if (most === 1) return 'value of one run'
  return `median of ${least === most ? most : `${least} to ${most}`} runs`
}

/** What does not hold stands at the top of the page; what does is only counted. */
function summary(workloads: readonly WorkloadResult[]): string[] {
  const checks = workloads.flatMap(({ id, checks }) => checks.map((check) => ({ id, check })))
  const failed = checks.filter(({ check }) => !holds(check))
  if (checks.length === 0) return []
  if (failed.length === 0) return ['## Checks', `All ${checks.length} checks hold.`]
  return [
    '## Checks',
    `${checks.length - failed.length} of ${checks.length} checks hold. These do not:`,
    table(
      ['workload', 'check', 'measured', 'bound'],
      failed.map(({ id, check }) => [cell(id), cell(check.text), measuredOf(check), boundOf(check)]),
      (column) => column === 2,
    ),
  ]
}

function sidesTable(sides: readonly Side[]): string {
  return table(
    ['side', 'version', 'store', 'settings'],
    sides.map(({ name, version, store, settings }) => [name, version, store, settings].map(cell)),
  )
}

function section(workload: WorkloadResult): string[] {
  const { id, title, about, at, runs, quick, figures, checks } = workload
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC`
  const parts = [
    `## ${escapeMarkdown(`${id}: ${title}`)}`,
    escapeMarkdown(about),
    `${runs === 1 ? 'One run' : `${runs} runs`}, ${when}.${quick ? ' **Run with `--quick`: good for a look and no more.**' : ''}`,
  ]
  if (figures.length > 0) parts.push(figuresTable(workload))
  if (chart(workload) !== null)
    parts.push(`![Chart of ${escapeMarkdown(id)}: the figures of the table as bars](benchmarks/${chartName(workload)})`)
  if (checks.length > 0) parts.push(checksTable(checks))
  return parts
}

function figuresTable(workload: WorkloadResult): string {
  const sides = sidesOf(workload)
  return table(
    ['', ...sides.map(cell)],
    workload.figures.map((figure) => {
      const best = bestOf(figure)
      return [cell(figure.name), ...sides.map((side) => figureCell(figure, side, best.includes(side)))]
    }),
    (column) => column > 0,
  )
}

/** `**67.4k/s** <sub>65.1–69.2</sub>`. */
function figureCell(figure: Figure, side: string, best: boolean): string {
  const values = valuesOf(figure, side)
  if (values.length === 0) return '–'
  const value = unbroken(format(median(values), figure.unit))
  const range = values.length < rangeRuns ? '' : ` <sub>${unbroken(formatRange(values, figure.unit))}</sub>`
  return (best ? `**${value}**` : value) + range
}

function checksTable(checks: readonly Check[]): string {
  return table(
    ['check', 'measured', 'bound', ''],
    checks.map((check) => [cell(check.text), measuredOf(check), boundOf(check), mark(check)]),
    (column) => column === 1,
  )
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean = () => false,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (isNumber(i) ? '---:' : '---'))), ...rows.map(line)].join('\n')
}

/** Text that stays text: no tags and no entities. What stands in backticks is left as it is. */
const escapeMarkdown = (text: string): string =>
  text.replace(/(`[^`]*`)|[&<]/g, (sign, code?: string) => code ?? (sign === '&' ? '&amp;' : '&lt;'))

const cell = (text: string): string => escapeMarkdown(text).replace(/\s+/g, ' ').replaceAll('|', '\\|')

/** A number and its unit do not part at the end of a line. */
const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0')
