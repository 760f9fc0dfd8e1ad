import type { ClaimedJob as Claim, JobRecord } from '../../src/storage/contract.ts'

/** A row of the model as a worker gets it. */
export function claimedJob(row: JobRecord & Pick<Claim, 'onLapse' | 'onTimeout'>, claimedAt: number): Claim {
  const { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, timeout, onTimeout } = row
  const { dueAt, createdAt, flow, input, metadata } = row
  const claim = { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, timeout, onTimeout }
  return { ...claim, dueAt, createdAt, claimedAt, flow, input, metadata }
}
