/** The next runs of a schedule or an expression, as people see them. */
import type { PreviewRun, Shift } from '../index.ts'
import { table } from './table.ts'
import { instant, relative } from './text.ts'

const shifts: Readonly<Record<Shift, string>> = {
  gap: 'after a gap of the clock',
  repeat: 'the clock shows this twice',
}

/** @param note what else is to be said of each; what a change of the clock does goes before it */
export function runTable(runs: readonly PreviewRun[], now: number, note = ''): string[] {
  const rows = runs.map((run) => [
    run.local,
    instant(run.at),
    relative(run.at, now),
    [run.shift === null ? '' : shifts[run.shift], note].filter((text) => text !== '').join('; '),
  ])
  return table(['LOCAL', 'UTC', 'IN', 'NOTE'], rows)
}

/** A line for each run that a change of the clock shifts or repeats. */
export const shiftWarnings = (runs: readonly PreviewRun[]): string[] =>
  runs.flatMap(({ local, shift }) => {
    if (shift === null) return []
    const why =
      shift === 'gap'
        ? 'the clock is put forward over the time that is meant, so it runs at the first moment after that'
        : 'the clock is put back on this day and shows this time twice'
    return [`warning: ${local}: ${why}`]
  })
