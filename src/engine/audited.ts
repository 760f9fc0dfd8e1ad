import type { AuditBy, Storage } from '../storage/contract.ts'

/** Who asks, and for what where one call does several things; else each thing has its name. */
export type By = Omit<AuditBy, 'action'> & { readonly action?: string }

/** The same storage, where what people change is written to the audit log as done by `by`, in the transaction of the change. */
export function audited(storage: Storage, by: By): Storage {
  const as = (action: string): AuditBy => ({ action, ...by })
  const own: Pick<Storage, 'edit' | 'pauseLane' | 'drain' | 'saveSchedules' | 'deleteSchedules'> = {
    edit: (ids, edit) => storage.edit(ids, edit, as(`jobs.${edit.kind}`)),
    pauseLane: (lane, reason) => storage.pauseLane(lane, reason, as(reason === null ? 'lanes.resume' : 'lanes.pause')),
    drain: (worker, on) => storage.drain(worker, on, as(on ? 'workers.drain' : 'workers.resume')),
    saveSchedules: (saves) => storage.saveSchedules(saves, as('schedules.put')),
    deleteSchedules: (ids) => storage.deleteSchedules(ids, as('schedules.delete')),
  }
  return { ...storage, ...own }
}
