/** Eight processes that enqueue and work on one SQLite file at the same time. */
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { until } from '../support/condition.ts'
import { rounded, type Spread } from './blocks.ts'
import type { Place } from './places.ts'
import { Fleet } from './processes.ts'
import { type Report, Violations } from './report.ts'
import type { WriterOptions, WriterReport } from './writer.ts'

interface WritersOptions {
  readonly processes: number
  readonly seconds: number
  /** Milliseconds that 99 of 100 event-loop delays, and 99 of 100 turns within SQLite, must stay below. */
  readonly delay: number
  readonly turn: number
  /** Bytes that the write-ahead log may have. */
  readonly log: number
  /** Also tell which calls take how long. */
  readonly detail?: boolean
}

export async function writers(place: Place, options: WritersOptions): Promise<Report> {
  await using fleet = new Fleet(place.folder)
  const { processes, seconds } = options
  const wanted: WriterOptions = { storage: place.url, seconds }
  const children = Array.from({ length: processes }, () => fleet.start('writer.ts', wanted))
  await Promise.all(children.map((child) => child.go()))
  const log = watchSize(`${place.url.replace('sqlite:', '')}-wal`)
  await Promise.all(children.map((child) => child.said('enqueued', (seconds + 30) * 1_000)))
  const sizes = log()
  await until('all jobs are over', async () => (await place.live()) === 0, 60_000)

  const violations = new Violations()
  const reports: WriterReport[] = []
  for (const child of children) {
    violations.equal(`exit code of ${child.name}`, await child.end(), 0)
    if (child.errors) violations.add(`${child.name}: ${child.errors}`)
    reports.push(JSON.parse(child.output.trim().split('\n').at(-1) as string))
  }
  if (sizes.largest > options.log) violations.add(`write-ahead log of ${megabytes(sizes.largest)}`)
  const enqueued = reports.reduce((sum, report) => sum + report.enqueued, 0)
  const ran = reports.reduce((sum, report) => sum + report.ran, 0)
  violations.equal('jobs that ran', ran, enqueued)
  const file = new DatabaseSync(place.url.replace('sqlite:', ''))
  violations.equal('integrity', file.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
  violations.equal(
    'succeeded',
    file.prepare('select count(*) as n from finished_jobs where state = 4').get()?.n,
    enqueued,
  )
  file.close()

  const counts: Record<string, number | string> = {
    processes,
    jobs: enqueued,
    'a second': Math.round(enqueued / seconds),
    WAL: `at most ${megabytes(sizes.largest)}, at last ${megabytes(sizes.last)}`,
  }
  for (const [i, { blocks, errors }] of reports.entries()) {
    for (const error of errors) violations.add(`p${i + 1}: ${error}`)
    if (blocks === null) continue
    const { delay, turn, commit, calls, processor } = blocks
    if (delay.p99 > options.delay) violations.add(`p${i + 1}: event-loop delay p99 ${delay.p99.toFixed(1)} ms`)
    if (turn.p99 > options.turn) violations.add(`p${i + 1}: SQLite within one turn p99 ${turn.p99.toFixed(1)} ms`)
    counts[`\n  p${i + 1}`] =
      `loop delay p50/p99/max ${show(delay)} ms, SQLite in one turn ${show(turn)} ms, commit ${show(commit)} ms, ${(processor * 100).toFixed(0)} % of a processor`
    if (options.detail && i === 0) counts['\n   '] = calls.join('\n    ')
  }
  return { scenario: 'writers', on: place.name, counts, violations: violations.list() }
}

/** How large a file was, until the function that it gives is called. */
export function watchSize(file: string): () => { readonly largest: number; readonly last: number } {
  const sizes: number[] = []
  const look = () => sizes.push(statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  const timer = setInterval(look, 20)
  return () => {
    clearInterval(timer)
    look()
    return { largest: Math.max(...sizes), last: sizes.at(-1) as number }
  }
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

function show(spread: Spread): string {
  const { p50, p99, max } = rounded(spread)
  return `${p50}/${p99}/${max}`
}
