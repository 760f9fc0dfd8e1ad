/** What becomes of the jobs of a worker whose event loop is blocked. Written by its lease thread, in its name. */
import { RotaError } from '../job/errors.ts'
import { defaultDelay } from '../job/retry.ts'
import { decide, type Outcome } from '../job/states.ts'
import type { HeldJob, Storage } from '../storage/contract.ts'
import type { Started } from './running-table.ts'
import { storedError } from './stored-error.ts'

const why = 'The handler ran past its timeout while the event loop of its worker was blocked, by it or by a neighbour.'

/**
 * What is overdue has timed out; the rest did nothing wrong and may run elsewhere at once. Then the lease ends.
 *
 * @param started all attempts that have started, those that are overdue among them
 */
export async function giveUpBlocked(
  storage: Storage,
  worker: string,
  overdue: readonly Started[],
  started: readonly Started[],
  random: () => number,
): Promise<void> {
  const error = storedError(new RotaError('timed_out', why))
  const timedOut: Outcome = { kind: 'failure', error, reason: 'timed_out', retryable: true }
  const among = (list: readonly Started[], job: HeldJob) =>
    list.some(({ id, fence }) => id === job.id && fence === job.fence)
  const outcomeOf = (job: HeldJob): Outcome =>
    among(overdue, job) ? timedOut : { kind: 'release', started: among(started, job) }
  const held = await storage.held(worker)
  const changes = held.map((job) => decide(job, outcomeOf(job), () => defaultDelay(job.attempt, random)))
  if (changes.length > 0) await storage.apply(worker, changes)
  await storage.leave(worker)
}
