/**
 * What handlers did, in files outside the database: one file for each process, a line for each thing that happened,
 * flushed to the disk before the handler goes on. A SIGKILL can tear nothing, because each line is one append.
 */
import { existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** `lost`: the worker was told that its lease is gone, so the job may run elsewhere. */
type Mark = 'start' | 'end' | 'lost'

export class LedgerWriter {
  readonly #fd: number

  constructor(file: string) {
    this.#fd = openSync(file, 'a')
  }

  write(n: number, mark: Mark, fence: number): void {
    writeSync(this.#fd, `${n} ${mark} ${fence}\n`)
    fsyncSync(this.#fd)
  }
}

/** One try of one job in one process. */
export interface Run {
  readonly process: string
  readonly n: number
  readonly fence: number
  readonly ended: boolean
  readonly lost: boolean
}

export function readRuns(process: string, file: string): Run[] {
  if (!existsSync(file)) return []
  const runs = new Map<string, Run>()
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [n, mark, fence] = line.split(' ') as [string, Mark, string]
    const key = `${n} ${fence}`
    const known = runs.get(key) ?? { process, n: Number(n), fence: Number(fence), ended: false, lost: false }
    runs.set(key, { ...known, ended: known.ended || mark === 'end', lost: known.lost || mark === 'lost' })
  }
  return [...runs.values()]
}

/**
 * Every job must have ended in its last run, and every earlier run must have a reason: its process was killed, or was
 * told that its lease is lost. Gives one line for each job of which that is not true.
 */
export function unexplained(runs: readonly Run[], killed: ReadonlySet<string>): string[] {
  const faults: string[] = []
  for (const [n, ofJob] of Map.groupBy(runs, (run) => run.n)) {
    const inOrder = ofJob.toSorted((a, b) => a.fence - b.fence)
    const fences = inOrder.map((run) => run.fence)
    if (new Set(fences).size < fences.length) faults.push(`job ${n} ran twice with one fence: ${show(inOrder)}`)
    if (!inOrder.at(-1)?.ended) faults.push(`job ${n} did not end in its last run: ${show(inOrder)}`)
    const extra = inOrder.slice(0, -1).filter((run) => !killed.has(run.process) && !run.lost)
    if (extra.length > 0) faults.push(`job ${n} ran again without a reason: ${show(inOrder)}`)
  }
  return faults
}

const show = (runs: readonly Run[]): string =>
  runs
    .map(({ process, fence, ended, lost }) => `${process}#${fence}${ended ? '' : '…'}${lost ? ' lost' : ''}`)
    .join(', ')
