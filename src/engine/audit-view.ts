import type { AuditRecord } from '../storage/contract.ts'

/** An entry of the audit log, as people see it. */
export const entryView = ({ at, before, after, ...entry }: AuditRecord) => ({
  ...entry,
  at: new Date(at),
  before: before === null ? null : (JSON.parse(before) as unknown),
  after: after === null ? null : (JSON.parse(after) as unknown),
})
