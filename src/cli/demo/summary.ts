/** What a walk came to, read back from the stored results. */
import type { JobView, Rota } from '../../index.ts'
import { table } from '../table.ts'
import { count, plural, size } from '../text.ts'
import type { StoredPath } from './file-path.ts'
import type { HashedFile } from './hash-file.ts'

interface Sum {
  files: number
  bytes: number
  lines: number
}

interface Failures {
  times: number
  readonly examples: string[]
}

export interface Summary {
  readonly total: Sum
  readonly types: Map<string, Sum>
  readonly largest: HashedFile[]
  readonly failures: Map<string, Failures>
  /** Jobs that are not stored any more, or not over. */
  without: number
}

const shownTypes = 8
const shownFiles = 3
const shownExamples = 5

export async function summarise(rota: Rota, batches: Iterable<string[]>): Promise<Summary> {
  const total = { files: 0, bytes: 0, lines: 0 }
  const summary: Summary = { total, types: new Map(), largest: [], failures: new Map(), without: 0 }
  for (const ids of batches) {
    const jobs = await rota.jobs.getMany(ids)
    summary.without += ids.length - jobs.length
    for (const job of jobs) {
      if (job.state === 'succeeded') addFile(summary, job.output as HashedFile)
      else if (job.finishedAt !== null) addFailure(summary, job)
      else summary.without++
    }
  }
  return summary
}

function addFile(summary: Summary, file: HashedFile): void {
  const ofType = summary.types.get(file.type) ?? { files: 0, bytes: 0, lines: 0 }
  summary.types.set(file.type, ofType)
  for (const sum of [summary.total, ofType]) {
    sum.files++
    sum.bytes += file.size
    sum.lines += file.lines
  }
  if (file.size <= (summary.largest.at(shownFiles - 1)?.size ?? -1)) return
  summary.largest.push(file)
  summary.largest.sort((a, b) => b.size - a.size)
  summary.largest.splice(shownFiles)
}

function addFailure(summary: Summary, job: JobView): void {
  const kind = kindOf(job)
  const group = summary.failures.get(kind) ?? { times: 0, examples: [] }
  summary.failures.set(kind, group)
  group.times++
  if (group.examples.length < shownExamples) group.examples.push((job.input as StoredPath).path)
}

/** The same for failures of one kind: messages of the system end with the path, which is no kind. */
function kindOf({ error, reason, state }: JobView): string {
  if (error === null) return reason ?? state
  const message = error.message.replace(/, \w+ '.*$/s, '').replace(`${error.code}: `, '')
  return `${message} [${error.code ?? error.name}]`
}

export function summaryLines(summary: Summary): string[] {
  const { total, types, largest, failures, without } = summary
  const failed = [...failures.values()].reduce((sum, group) => sum + group.times, 0)
  const lines = [
    `${plural(total.files, 'file')} hashed, ${size(total.bytes)} (${plural(total.bytes, 'byte')}), ${plural(total.lines, 'line')}; ${count(failed)} failed`,
  ]
  if (without > 0) lines.push(`${plural(without, 'job')} without a stored end`)
  if (types.size > 0) lines.push('', ...typeTable(types))
  if (largest.length > 0)
    lines.push(
      '',
      ...table(
        ['LARGEST', 'FILE'],
        largest.map((file) => [size(file.size), file.path]),
      ),
    )
  for (const [kind, { times, examples }] of failures) {
    const rows = examples.map((path) => ['', path])
    if (times > examples.length) rows.push(['', `… and ${count(times - examples.length)} more`])
    lines.push('', ...table([`${count(times)} failed:`, kind], rows))
  }
  return lines
}

function typeTable(types: ReadonlyMap<string, Sum>): string[] {
  const sorted = [...types].sort(([, a], [, b]) => b.files - a.files || b.bytes - a.bytes)
  const rest = sorted.slice(shownTypes).map(([, sum]) => sum)
  const row = (name: string, sum: Sum) => [count(sum.files), size(sum.bytes), count(sum.lines), name]
  const rows = sorted.slice(0, shownTypes).map(([name, sum]) => row(name, sum))
  if (rest.length > 0) rows.push(row(`${plural(rest.length, 'other type')}`, rest.reduce(add)))
  return table(['FILES', 'SIZE', 'LINES', 'TYPE'], rows)
}

const add = (a: Sum, b: Sum): Sum => ({ files: a.files + b.files, bytes: a.bytes + b.bytes, lines: a.lines + b.lines })
