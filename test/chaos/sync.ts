/** What the operating system is asked to do before an enqueue is acknowledged. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './places.ts'
import { type Report, Violations } from './report.ts'

/** Why strace cannot be used here; null when it can. */
export function strace(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-e', 'trace=write', 'true'], { encoding: 'utf8' })
  if (error) return `strace does not start: ${error.message}`
  return status === 0 ? null : `strace is not permitted: ${stderr.trim().split('\n').at(-1)}`
}

export async function sync(place: Place, { jobs }: { jobs: number }): Promise<Report> {
  const log = join(place.folder, 'strace.txt')
  const args = ['-f', '-y', '-o', log, '-e', 'trace=fsync,fdatasync,write,pwrite64', process.execPath]
  const program = join(import.meta.dirname, 'sync-enqueuer.ts')
  const ran = spawnSync('strace', [...args, program, place.url, String(jobs)], { encoding: 'utf8' })
  const violations = new Violations()
  violations.equal('exit code', ran.status, 0)

  const acknowledged = new Map<string, Call[]>()
  let since: Call[] = []
  for (const call of callsIn(readFileSync(log, 'utf8'))) {
    if (call.marker === null) since.push(call)
    else {
      acknowledged.set(call.marker, since)
      since = []
    }
  }
  acknowledged.delete('begin')
  violations.equal('acknowledged', acknowledged.size, jobs)
  for (const [marker, calls] of acknowledged) {
    const written = calls.findLastIndex((call) => call.kind === 'write')
    const flushed = calls.findLastIndex((call) => call.kind === 'sync')
    if (written < 0) violations.add(`nothing was written to the WAL before enqueue ${marker} was acknowledged`)
    else if (flushed < written) violations.add(`what enqueue ${marker} wrote was not flushed when it was acknowledged`)
  }
  const flushes = [...acknowledged.values()].flat().filter((call) => call.kind === 'sync').length
  return { scenario: 'sync', on: 'SQLite', counts: { enqueues: jobs, flushes }, violations: violations.list() }
}

interface Call {
  readonly kind: 'write' | 'sync' | 'marker'
  readonly marker: string | null
}

/** Only what concerns the WAL, and our own markers; everything of it happens on the main thread, so it is in order. */
function* callsIn(log: string): Generator<Call> {
  for (const line of log.split('\n')) {
    const marker = / write\(1<[^>]*>, "marker (\w+)\\n"/.exec(line)
    if (marker) yield { kind: 'marker', marker: marker[1] as string }
    else if (/ f(data)?sync\(\d+<[^>]*rota\.db-wal>/.test(line)) yield { kind: 'sync', marker: null }
    else if (/ (pwrite64|write)\(\d+<[^>]*rota\.db-wal>/.test(line)) yield { kind: 'write', marker: null }
  }
}
