/** What is to be said of a job that runs, and of one that is over. */
import type { ExplainFacts, JobFact, ParentFact, Reason, WorkerFact } from './explain-facts.ts'
import { parentReasons } from './parents.ts'
import { moment, span } from './span.ts'
import { type FinalState, maxLapses } from './states.ts'

export function explainRunning(facts: ExplainFacts): Reason[] {
  const worker = facts.workers.find(({ id }) => id === facts.job.worker)
  const holder = worker === undefined ? lost(facts) : inHands(facts, worker)
  return facts.cancelAsked === null ? [holder] : [cancelAsked(facts.cancelAsked), holder]
}

function inHands(facts: ExplainFacts, worker: WorkerFact): Reason {
  const { job, now } = facts
  const { id, timeout } = job
  const since = job.startedAt ?? now
  const until = since + timeout
  const by = `Worker "${worker.name}" (${worker.id}) has it since ${moment(since)}, ${span(now - since)} ago`
  const lease = `its lease is good until ${moment(worker.leaseUntil)}`
  const fix = `To end it: rota jobs cancel ${id}`
  if (until > now)
    return {
      code: 'running',
      message: `${by}; it may take ${span(timeout)}, and ${lease}.${queuedThere(facts, worker)}`,
      fix,
      command: null,
      until,
    }
  const message = `${by}, longer than its timeout of ${span(timeout)}; ${lease}. It waited there for a slot, or its handler blocks the worker, which ends it then.`
  return { code: 'overdue', message, fix, command: null, until: null }
}

/** A worker fetches quick jobs ahead; what has not started after half a second or so is given back. */
function queuedThere({ job, held }: ExplainFacts, { id, lanes }: WorkerFact): string {
  const slots = lanes.find(({ name }) => name === job.lane)?.concurrency ?? 0
  const jobs = held.find(({ worker }) => worker === id)?.jobs ?? 0
  return jobs > slots ? ` It may still wait there: ${jobs} jobs of its lane are there for ${slots} slots.` : ''
}

function lost({ job, workers }: ExplainFacts): Reason {
  const left = maxLapses - job.lapses - 1
  const then = left > 0 ? 'It starts again then' : 'It fails then as abandoned, unless it was given back in good order'
  const message = `Worker ${job.worker}, which had it, holds no lease any more. ${then}.`
  const alone = workers.length === 0
  const fix = alone
    ? 'No worker is alive to give it back: start one.'
    : 'Nothing to do: another worker gives it back within seconds, a sixth of its lease.'
  return { code: 'worker_lost', message, fix, command: alone ? 'rota worker' : null, until: null }
}

const cancelAsked = (reason: string): Reason => ({
  code: 'cancel_asked',
  message: `Its end was asked for (${reason}); its handler has been told, or is within a second.`,
  fix: 'Nothing to do: when its handler does not end, its slot is free after `cancelGrace`.',
  command: null,
  until: null,
})

/** @param parents those that it waited for and that did not succeed */
export function explainOver(job: JobFact, parents: readonly ParentFact[]): Reason {
  const [failed] = parents
  if (job.reason === parentReasons.failed && failed !== undefined) return cancelledWith(job, failed)
  const { id, finishedAt, dueAt, attempt, maxAttempts } = job
  const state = job.state as FinalState
  const why = job.error?.message ?? job.reason
  const tries = state === 'expired' ? '' : `, with try ${attempt} of ${maxAttempts}`
  const told = job.reason !== null && job.error !== null ? ` [${job.reason}]` : ''
  const message = `It ${verbs[state]} at ${moment(finishedAt ?? dueAt)}${tries}${why === null ? '' : `: ${why}${told}`}.`
  const fix = 'Run again, it starts anew: due at once, with all its tries, and no longer bound to expire.'
  const command = state === 'succeeded' ? null : `rota jobs retry ${id}`
  return { code: state, message, fix: command === null ? `Nothing to do. ${fix}` : fix, command, until: null }
}

function cancelledWith({ id, finishedAt, dueAt }: JobFact, parent: ParentFact): Reason {
  const why = parent.error === null ? '' : ` (${parent.error.message})`
  return {
    code: 'cancelled',
    message: `It was cancelled at ${moment(finishedAt ?? dueAt)}, because it waited for job ${parent.id} (${parent.job}), which ${parent.state}${why}.`,
    fix: 'Retry both, it runs when that one has succeeded; or retry the whole flow.',
    command: `rota jobs retry ${parent.id} ${id}`,
    until: null,
  }
}

const verbs: Readonly<Record<FinalState, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
  expired: 'expired',
}
