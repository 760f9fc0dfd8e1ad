/** One call of the storage on one line of the trace. */
import type { Change } from '../../src/job/states.ts'
import type { ClaimedJob, ClaimRequest, InsertResult, JobRecord, WorkerBeat } from '../../src/storage/contract.ts'
import type { Trace } from './trace.ts'

/** Arguments and answer are those of the method. */
type Brief = (args: never, answer: never, trace: Trace) => string

const briefs: Readonly<Record<string, Brief>> = {
  list: (_, answer: readonly unknown[]) => ` → ${answer.length} jobs`,
  get: (_, answer: readonly JobRecord[]) =>
    ` → ${answer.map(({ id, state, fence }) => `${id} ${state} #${fence}`).join(', ')}`,
  insert: ([, retry]: readonly [unknown, boolean?], answer: readonly InsertResult[]) =>
    `${retry ? ' again' : ''} → ${answer.map(({ id, status }) => `${id} ${status}`).join(', ')}`,
  claim: ([{ worker, lanes, lapsed }]: readonly [ClaimRequest], answer: readonly ClaimedJob[], trace) =>
    ` ${trace.name(worker, 'W')}${lapsed ? ' lapsed' : ''} ${lanes.map(({ name, limit }) => `${name}:${limit}`)} → ${answer
      .map(({ id, fence, attempt, maxAttempts }) => `${id} #${fence} (${attempt}/${maxAttempts})`)
      .join(', ')}`,
  apply: (
    [worker, changes]: readonly [string, readonly Change[]],
    { refused }: { refused: readonly string[] },
    trace,
  ) =>
    ` ${trace.name(worker, 'W')} ${changes
      .map(
        ({ id, fence, to, reason }) =>
          `${id} #${fence} ${to}${reason ? ` ${reason}` : ''}${refused.includes(id) ? ' REFUSED' : ''}`,
      )
      .join(', ')}`,
  heartbeat: ([{ id, lease }]: readonly [WorkerBeat], answer: boolean, trace) =>
    ` ${trace.name(id, 'W')} for ${lease} → ${answer}`,
}

/** What has no line of its own is shown as JSON, cut where it gets long. */
export function brief(method: string, args: readonly unknown[], answer: unknown, trace: Trace): string {
  const own = briefs[method]
  if (own !== undefined) return own(args as never, answer as never, trace)
  return ` ${JSON.stringify(args).slice(0, 160)} → ${JSON.stringify(answer)?.slice(0, 160)}`
}
