import { styleText } from 'node:util'
import { cut, plain } from './text.ts'

type Style = Parameters<typeof styleText>[0]

const stateStyles: Readonly<Record<string, Style>> = {
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  expired: 'yellow',
  running: 'cyan',
  paused: 'yellow',
  inactive: 'dim',
  completed: 'dim',
  skipped: 'yellow',
}

/** Colour only on a terminal, and never against `NO_COLOR`. */
export const paint = (style: Style, text: string): string =>
  process.stdout.isTTY ? styleText(style, text, { stream: process.stdout }) : text

/**
 * Aligned columns. On a terminal the last one is cut where the line would break; elsewhere it is whole.
 *
 * @param header names of the columns; a cell of the column `STATE` has the colour of its state
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map(plain))
  const last = header.length - 1
  const widths = header.map((name, i) => clean.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), name.length))
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0)
  const room = process.stdout.isTTY ? Math.max(20, (process.stdout.columns || 80) - before) : Number.POSITIVE_INFINITY
  const aligned = (row: readonly string[]) =>
    row.map((cell, i) => (i === last ? cut(cell, room) : cell.padEnd(widths[i] ?? 0)))
  const painted = (row: readonly string[], cells: readonly string[]) =>
    cells.map((cell, i) => {
      const style = header[i] === 'STATE' ? stateStyles[row[i] ?? ''] : undefined
      return style === undefined ? cell : paint(style, cell)
    })
  return [
    paint('dim', aligned(header).join('  ').trimEnd()),
    ...clean.map((row) => painted(row, aligned(row)).join('  ').trimEnd()),
  ]
}

/** `name  value` lines. */
export function fields(entries: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${plain(value)}`.trimEnd())
}
