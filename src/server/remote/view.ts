/** What a remote worker gets to see of its jobs, and of what is asked of it. */
import { fromJson } from '../../job/payload.ts'
import { priorityOfRank } from '../../job/priority.ts'
import type { ClaimedJob, HeldJob, Signal } from '../../storage/contract.ts'

export const claimedView = ({
  priority,
  dueAt,
  createdAt,
  claimedAt,
  schedule,
  input,
  metadata,
  ...job
}: ClaimedJob) => ({
  ...job,
  priority: priorityOfRank(priority),
  dueAt: new Date(dueAt),
  enqueuedAt: new Date(createdAt),
  claimedAt: new Date(claimedAt),
  schedule: schedule && { ...schedule, slot: schedule.slot === null ? null : new Date(schedule.slot) },
  metadata: metadata ?? {},
  input: fromJson(input),
})

export const heldView = ({ worker: _, ...job }: HeldJob) => job

export const signalsView = (signals: readonly Signal[]) => ({
  cancel: signals.flatMap((one) =>
    one.kind === 'cancel' ? [{ job: one.id, fence: one.fence, reason: one.reason }] : [],
  ),
  pause: signals.flatMap((one) => (one.kind === 'pause' ? [one.lane] : [])),
  drain: signals.some(({ kind }) => kind === 'drain'),
})
