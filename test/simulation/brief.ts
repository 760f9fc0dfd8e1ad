/** One call of the storage on one line of the trace. */

import type { Edit } from '../../src/job/edits.ts'
import type { Change } from '../../src/job/states.ts'
import type {
  ClaimedJob,
  ClaimRequest,
  Edited,
  InsertResult,
  JobRecord,
  Note,
  Promotion,
  Signal,
  WorkerBeat,
} from '../../src/storage/contract.ts'
import type { Trace } from './trace.ts'

/** Arguments and answer are those of the method. */
type Brief = (args: never, answer: never, trace: Trace) => string

const briefs: Readonly<Record<string, Brief>> = {
  list: (_, answer: readonly unknown[]) => ` → ${answer.length} jobs`,
  get: (_, answer: readonly JobRecord[]) =>
    ` → ${answer.map(({ id, state, fence }) => `${id} ${state} #${fence}`).join(', ')}`,
  insert: ([, retry]: readonly [unknown, boolean?], answer: readonly InsertResult[]) =>
    `${retry ? ' again' : ''} → ${answer.map(({ id, status }) => `${id} ${status}`).join(', ')}`,
  claim: ([{ worker, lanes, suspect }]: readonly [ClaimRequest], answer: readonly ClaimedJob[], trace) =>
    ` ${trace.name(worker, 'W')}${suspect ? ' suspect' : ''} ${lanes.map(({ name, limit }) => `${name}:${limit}`)} → ${answer
      .map(({ id, fence, attempt, maxAttempts }) => `${id} #${fence} (${attempt}/${maxAttempts})`)
      .join(', ')}`,
  apply: (
    [worker, changes, notes = []]: readonly [string, readonly Change[], (readonly Note[])?],
    { refused }: { refused: readonly string[] },
    trace,
  ) =>
    ` ${trace.name(worker, 'W')} ${changes
      .map(
        ({ id, fence, to, reason }) =>
          `${id} #${fence} ${to}${reason ? ` ${reason}` : ''}${refused.includes(id) ? ' REFUSED' : ''}`,
      )
      .join(', ')}${notes.length > 0 ? ` with ${tellAll(notes)}` : ''}`,
  note: ([worker, notes]: readonly [string, readonly Note[]], _, trace) =>
    ` ${trace.name(worker, 'W')} ${tellAll(notes)}`,
  edit: ([, wish]: readonly [unknown, Edit], answer: readonly Edited[]) =>
    ` ${wish.kind} ${answer.map(({ id, from }) => `${id}, found ${from}`).join('; ')}`,
  signals: ([worker]: readonly [string], answer: readonly Signal[], trace) =>
    ` ${trace.name(worker, 'W')} → ${answer
      .map((one) => (one.kind === 'pause' ? `pause ${one.lane}` : `cancel ${one.id} #${one.fence}`))
      .join(', ')}`,
  promote: (_, { promoted, expired, nextDueIn }: Promotion) =>
    ` → ${promoted} ready, next in ${nextDueIn}${expired.map(({ id }) => `, ${id} expired`).join('')}`,
  logs: ([id]: readonly [string], answer: readonly unknown[]) => ` ${id} → ${answer.length} lines`,
  heartbeat: ([{ id, lease }]: readonly [WorkerBeat], answer: boolean, trace) =>
    ` ${trace.name(id, 'W')} for ${lease} → ${answer}`,
}

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
