/** The picture of the ledger and what is stored must be the same. */
import { isFinalState } from '../../src/job/states.ts'
import type { JobRecord } from '../../src/storage/contract.ts'
import type { Ledger } from './ledger.ts'
import { stateOf } from './links.ts'
import { show } from './rules-work.ts'

export function compare(ledger: Ledger, record: JobRecord): void {
  const entry = ledger.entries.get(record.id)
  if (entry === undefined) return ledger.violate('I1 lost', `${record.id} is stored and nobody stored it`)
  const over = isFinalState(record.state)
  const known = {
    state: stateOf(entry),
    flow: entry.flow,
    schedule: JSON.stringify(entry.schedule),
    lane: entry.lane,
    priority: entry.priority,
    maxAttempts: entry.maxAttempts,
    timeout: entry.timeout,
    input: entry.input,
    fence: entry.fence,
    worker: entry.worker,
    attempt: entry.attempt,
    lapses: entry.lapses,
    dueAt: entry.dueAt,
    expiresAt: entry.expiresAt,
    finishedAt: entry.finishedAt,
    reason: entry.aside ? 'job_unknown' : over ? entry.reason : null,
    percent: entry.progress?.percent ?? null,
  }
  const stored = { ...record, schedule: JSON.stringify(record.schedule), percent: record.progress?.percent ?? null }
  for (const [name, value] of Object.entries(known)) {
    const row = stored[name as keyof typeof known]
    ledger.check(row === value, 'I3 record', () => `${record.id} has ${name} ${row}, not ${value}: ${show(entry)}`)
  }
}
