/** Whether what a worker tells was recorded before: its first call may have been answered into the void. Pure. */
import type { Outcome } from '../../job/states.ts'
import type { AttemptRecord, JobRecord } from '../../storage/contract.ts'

interface Told {
  readonly fence: number
  readonly outcome: Outcome
}

/** The answer that the first call got, as far as it can be seen; null where that outcome does not stand. */
export function standing(
  worker: string,
  { fence, outcome }: Told,
  record: Pick<JobRecord, 'fence' | 'worker' | 'state' | 'reason'>,
  attempts: readonly Pick<AttemptRecord, 'fence' | 'worker' | 'to' | 'reason' | 'error'>[],
): 'recorded' | 'cancelled' | null {
  const isOurs = (one: { readonly fence: number; readonly worker: string | null }) =>
    one.fence === fence && one.worker === worker
  const tries = attempts.filter((one) => one.fence === fence)
  const wasGivenBack = outcome.kind === 'release' && tries.length === 0 && isFree(record, fence)
  const stands =
    wasGivenBack ||
    tries.some((one) => isOurs(one) && isSame(outcome, one)) ||
    (outcome.kind === 'success' && tries.length === 0 && isOurs(record) && record.state === 'succeeded')
  if (!stands) return null
  const goesBack = outcome.kind === 'failure' || outcome.kind === 'snooze' || outcome.kind === 'release'
  return goesBack && record.fence === fence && record.state === 'cancelled' ? 'cancelled' : 'recorded'
}

/** A job that was given back before it ran leaves no record of that: it waits, or is in other hands since then. */
const isFree = (record: Pick<JobRecord, 'fence' | 'worker'>, fence: number): boolean =>
  record.fence > fence || (record.fence === fence && record.worker === null)

function isSame(outcome: Outcome, { to, reason, error }: Pick<AttemptRecord, 'to' | 'reason' | 'error'>): boolean {
  switch (outcome.kind) {
    case 'success':
      return to === 'succeeded' && reason === (outcome.reason ?? null)
    case 'failure':
      return error !== null && reason === outcome.reason && reason !== 'lapsed'
    case 'snooze':
      return reason === 'snoozed'
    case 'discard':
      return to === 'cancelled' && reason === `discarded: ${outcome.reason}`
    case 'cancel':
      return to === 'cancelled' && reason === outcome.reason
    case 'release':
      return reason === 'interrupted'
    case 'lapse':
      return false
  }
}
