import type { AuditBy, Storage } from '../storage/contract.ts'

/** The same storage, where what people change is written to the audit log as done by `by`, in the transaction of the change. */
export function audited(storage: Storage, by: AuditBy): Storage {
  const own: Pick<Storage, 'edit' | 'pauseLane' | 'drain' | 'saveSchedules' | 'deleteSchedules'> = {
    edit: (ids, edit) => storage.edit(ids, edit, by),
    pauseLane: (lane, reason) => storage.pauseLane(lane, reason, by),
    drain: (worker, on) => storage.drain(worker, on, by),
    saveSchedules: (saves) => storage.saveSchedules(saves, by),
    deleteSchedules: (ids) => storage.deleteSchedules(ids, by),
  }
  return { ...storage, ...own }
}
