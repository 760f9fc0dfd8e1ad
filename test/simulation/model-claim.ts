import type { ClaimedJob as Claim, JobRecord } from '../../src/storage/contract.ts'

/** A row of the model as a worker gets it. */
export function claimedJob(
  row: JobRecord & Pick<Claim, 'onLapse' | 'onTimeout' | 'forgets'>,
  claimedAt: number,
): Claim {
  const { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, forgets, timeout, onTimeout } = row
  const { dueAt, createdAt, flow, input, metadata } = row
  const claim = { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, forgets, timeout, onTimeout }
  return { ...claim, dueAt, createdAt, claimedAt, flow, input, metadata }
}
