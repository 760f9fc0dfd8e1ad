/** One call of the storage on one line of the trace. */

import type { Edit } from '../../src/job/edits.ts'
import { timeOfId } from '../../src/job/id.ts'
import type { Change } from '../../src/job/states.ts'
import type {
  Applied,
  ClaimedJob,
  ClaimRequest,
  Due,
  Edited,
  Fired,
  Firing,
  Followed,
  InsertOptions,
  InsertResult,
  JobPage,
  JobRecord,
  NewJob,
  Note,
  Promotion,
  ScheduleSave,
  Signal,
  WorkerBeat,
} from '../../src/storage/contract.ts'
import type { Trace } from './trace.ts'

/** Arguments and answer are those of the method. */
type Brief = (args: never, answer: never, trace: Trace) => string

const briefs: Readonly<Record<string, Brief>> = {
  list: (_, { jobs }: JobPage) => ` → ${jobs.length} jobs`,
  get: (_, answer: readonly JobRecord[]) =>
    ` → ${answer.map(({ id, state, fence }) => `${id} ${state} #${fence}`).join(', ')}`,
  insert: ([jobs, { retry } = {}]: readonly [readonly NewJob[], InsertOptions?], answer: readonly InsertResult[]) =>
    `${retry ? ' again' : ''} → ${answer
      .map(({ id, status }, i) => {
        const { id: own, parents, unique } = jobs[i] as NewJob
        const told = id === own ? `${own} ${status}` : `${own} ${status} of ${id}`
        const after = parents.map((parent) => ` after ${parent.id} ${parent.onFail}`).join('')
        return `${told}${unique ? ` unique ${unique.key} ${unique.onConflict}` : ''}${after}`
      })
      .join(', ')}`,
  claim: ([{ worker, lanes, suspect }]: readonly [ClaimRequest], answer: readonly ClaimedJob[], trace) =>
    ` ${trace.name(worker, 'W')}${suspect ? ' suspect' : ''} ${lanes.map(({ name, limit }) => `${name}:${limit}`)} → ${answer
      .map(({ id, fence, attempt, maxAttempts }) => `${id} #${fence} (${attempt}/${maxAttempts})`)
      .join(', ')}`,
  apply: (
    [worker, changes, notes = []]: readonly [string, readonly Change[], (readonly Note[])?],
    { refused, followed }: Applied,
    trace,
  ) =>
    ` ${trace.name(worker, 'W')} ${changes
      .map(
        ({ id, fence, to, reason }) =>
          `${id} #${fence} ${to}${reason ? ` ${reason}` : ''}${refused.includes(id) ? ' REFUSED' : ''}`,
      )
      .join(', ')}${notes.length > 0 ? ` with ${tellAll(notes)}` : ''}${followOf(followed)}`,
  note: ([worker, notes]: readonly [string, readonly Note[]], _, trace) =>
    ` ${trace.name(worker, 'W')} ${tellAll(notes)}`,
  edit: ([, wish]: readonly [unknown, Edit], answer: readonly Edited[]) =>
    ` ${wish.kind} ${answer.map(({ id, from, linked = '' }) => `${id}, found ${from} ${linked}`).join('; ')}`,
  signals: ([worker]: readonly [string], answer: readonly Signal[], trace) =>
    ` ${trace.name(worker, 'W')} → ${answer
      .map((one) => {
        if (one.kind === 'cancel') return `cancel ${one.id} #${one.fence}`
        return one.kind === 'pause' ? `pause ${one.lane}` : 'drain'
      })
      .join(', ')}`,
  promote: (_, { promoted, expired, followed, nextDueIn }: Promotion) =>
    ` → ${promoted} ready, next in ${nextDueIn}${expired.map(({ id }) => `, ${id} expired`).join('')}${followOf(followed)}`,
  logs: ([id]: readonly [string], answer: readonly unknown[]) => ` ${id} → ${answer.length} lines`,
  dueSchedules: (_, { schedules, nextDueIn }: Due) =>
    ` → ${schedules.map(({ id, version, nextAt, live }) => `${id} v${version} ${nextAt} [${live.map((run) => run.id)}]`).join(', ')}, next in ${nextDueIn}`,
  saveSchedules: ([saves]: readonly [readonly ScheduleSave[]], answer: readonly string[]) =>
    ` ${saves
      .map(
        ({ id, version, state, nextAt, rule, skips }) =>
          `${id} v${version} ${state} ${nextAt} ${rule}${leftOut(skips)}`,
      )
      .join(', ')} → [${answer}]`,
  fire: ([firings]: readonly [readonly Firing[]], answer: readonly Fired[]) =>
    ` ${firings
      .map(({ id, version, state, nextAt, jobs, skips, cancel, again }) => {
        const own = jobs.map((job) => `${job.id} ${job.schedule?.missed === null ? 'by hand' : timeOfId(job.id)}`)
        const stale = answer.some((one) => one.id === id) ? '' : ' STALE'
        const replaced = cancel.length > 0 ? ` cancels ${cancel}` : ''
        return `${id} v${version} ${state} ${nextAt}${again ? ' again' : ''} [${own}]${leftOut(skips)}${replaced}${stale}`
      })
      .join('; ')}`,
  heartbeat: ([{ id, lease }]: readonly [WorkerBeat], answer: boolean, trace) =>
    ` ${trace.name(id, 'W')} for ${lease} → ${answer}`,
}

const leftOut = (skips: Firing['skips']): string =>
  skips.map(({ from, slot, count, reason }) => `, ${from}…${slot} ×${count} ${reason}`).join('')

const followOf = ({ released, cancelled }: Followed): string =>
  `${released > 0 ? `, ${released} released` : ''}${cancelled.map(({ id }) => `, ${id} with it`).join('')}`

const tellAll = (notes: readonly Note[]): string =>
  notes
    .map(
      ({ id, fence, progress, logs }) =>
        `${id} #${fence} ${progress?.percent ?? '-'} % lines ${logs.map(({ seq }) => seq)}`,
    )
    .join('; ')

/** What has no line of its own is shown as JSON, cut where it gets long. */
export function brief(method: string, args: readonly unknown[], answer: unknown, trace: Trace): string {
  const own = briefs[method]
  if (own !== undefined) return own(args as never, answer as never, trace)
  return ` ${JSON.stringify(args).slice(0, 160)} → ${JSON.stringify(answer)?.slice(0, 160)}`
}
