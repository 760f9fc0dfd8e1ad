import type { ScheduleSave } from '../../src/storage/contract.ts'

/** A schedule to be saved, of every hour, as a process that has ended left it. */
export const aSchedule = (id: string, nextAt: number | null, own: Partial<ScheduleSave> = {}): ScheduleSave => ({
  id,
  job: 'note',
  state: 'active',
  origin: 'api',
  owner: null,
  reason: null,
  rule: '{"when":{"every":3600000}}',
  override: null,
  serial: false,
  start: 0,
  nextAt,
  pausedFrom: null,
  version: null,
  skips: [],
  ...own,
})
