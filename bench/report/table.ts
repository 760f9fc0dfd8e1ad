import { paint } from '../../src/cli/table.ts'
import { type Figure, median, type WorkloadResult } from '../figures.ts'
import { boundOf, mark, measuredOf } from './checks.ts'
import { format } from './format.ts'
import { bestOf, sidesOf, valuesOf } from './sides.ts'

/**
 * The lines of a workload for the terminal: a row for each figure and a column for each side, the best of a row in bold,
 * then the checks.
 */
export function terminalTable(workload: WorkloadResult): string[] {
  const sides = sidesOf(workload)
  const header = ['', ...sides]
  const rows = workload.figures.map((figure) => [figure.name, ...sides.map((side) => cell(figure, side))])
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[], best: readonly string[]) =>
    row
      .map((text, i) => {
        const space = ' '.repeat((widths[i] as number) - text.length)
        if (i === 0) return text + space
        return space + (best.includes(header[i] as string) ? paint('bold', text) : text)
      })
      .join('  ')
  const table = [line(header, []), ...workload.figures.map((figure, i) => line(rows[i] as string[], bestOf(figure)))]
  return [
    ...(rows.length > 0 ? table : []),
    ...workload.checks.map((check) => `${mark(check)} ${check.text}: ${measuredOf(check)} (${boundOf(check)})`),
  ]
}

function cell(figure: Figure, side: string): string {
  const values = valuesOf(figure, side)
  return values.length === 0 ? '–' : format(median(values), figure.unit)
}
