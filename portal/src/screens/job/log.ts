/** The log of one job: which lines are kept, and which of them are shown. */
import type { Output } from '../../data/read.ts'

export type LogLine = Output<'jobs.logs'>['lines'][number]
/** With its number in the whole log. */
export type NumberedLine = LogLine & { readonly n: number }

const kept = 5_000
/** A try writes no more. */
const keptInPeace = 10_000

export interface JobLog {
  readonly lines: readonly NumberedLine[]
  /** How many were read; those before `lines` are kept no more. */
  readonly read: number
  readonly state: 'reading' | 'end' | 'stopped'
  readonly error: unknown
}

export const emptyLog: JobLog = { lines: [], read: 0, state: 'reading', error: null }

/** Takes lines in, newest at the end. */
export function withLines(log: JobLog, lines: readonly LogLine[], inPeace = false): JobLog {
  if (lines.length === 0) return log
  const numbered = lines.map((line, i) => ({ ...line, n: log.read + i }))
  const all = [...log.lines, ...numbered]
  return { ...log, lines: all.slice(inPeace ? -keptInPeace : -kept), read: log.read + lines.length }
}

export const levels = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof levels)[number]

export interface LogFilter {
  /** Part of the message or of the data; A–Z and a–z are the same. */
  readonly text: string
  /** This level and those above it. */
  readonly level: Level
  /** One start of the job; empty for all. */
  readonly fence: string
}

export function linesThatFit(
  lines: readonly NumberedLine[],
  { text, level, fence }: LogFilter,
): readonly NumberedLine[] {
  if (text === '' && level === 'debug' && fence === '') return lines
  const least = levels.indexOf(level)
  const part = text.toLowerCase()
  return lines.filter(
    (line) =>
      levels.indexOf(line.level) >= least &&
      (fence === '' || String(line.fence) === fence) &&
      (part === '' || line.message.toLowerCase().includes(part) || hasData(line, part)),
  )
}

const hasData = ({ data }: NumberedLine, part: string): boolean =>
  data !== null && data !== undefined && JSON.stringify(data).toLowerCase().includes(part)
