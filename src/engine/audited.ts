import type { AuditBy, NewAuditEntry, Storage } from '../storage/contract.ts'

/** Who asks, and for what where one call does several things; else each thing has its name. */
export type By = Omit<AuditBy, 'action'> & { readonly action?: string }

/**
 * The same storage, where what people change is written to the audit log as done by `by`, in the transaction of the change. Of runs that they
 * ask for (trigger, backfill) right after they are stored: that is an enqueue, which must not wait for more than its jobs.
 */
export function audited(storage: Storage, by: By): Storage {
  const as = (action: string): AuditBy => ({ action, ...by })
  const asked = (runs: readonly Run[]) => storage.audit(runs.flatMap((run) => entryOf(as('schedules.trigger'), run)))
  const own: Audited = {
    edit: (ids, edit) => storage.edit(ids, edit, as(`jobs.${edit.kind}`)),
    pauseLane: (lane, reason) => storage.pauseLane(lane, reason, as(reason === null ? 'lanes.resume' : 'lanes.pause')),
    drain: (worker, on) => storage.drain(worker, on, as(on ? 'workers.drain' : 'workers.resume')),
    saveSchedules: (saves) => storage.saveSchedules(saves, as('schedules.put')),
    deleteSchedules: (ids) => storage.deleteSchedules(ids, as('schedules.delete')),
    saveDefinition: (save) => storage.saveDefinition(save, as(save.next === null ? 'handlers.delete' : 'handlers.put')),
    async insert(jobs, options) {
      const results = await storage.insert(jobs, options)
      await asked(jobs.map(({ id, schedule }) => ({ schedule: schedule?.id ?? null, jobs: [id], cancel: [] })))
      return results
    },
    async fire(firings) {
      const fired = await storage.fire(firings)
      const done = new Set(fired.map(({ id }) => id))
      const runs = firings.filter(({ id }) => done.has(id))
      await asked(runs.map(({ id, jobs, cancel }) => ({ schedule: id, jobs: jobs.map((job) => job.id), cancel })))
      return fired
    },
  }
  return { ...storage, ...own }
}

type Audited = Pick<
  Storage,
  'edit' | 'pauseLane' | 'drain' | 'saveSchedules' | 'deleteSchedules' | 'saveDefinition' | 'insert' | 'fire'
>

/** Runs of a schedule that somebody asked for, and those that they replace. */
interface Run {
  readonly schedule: string | null
  readonly jobs: readonly string[]
  readonly cancel: readonly string[]
}

const shown = 20

function entryOf(by: AuditBy, { schedule, jobs, cancel }: Run): NewAuditEntry[] {
  if (schedule === null) return []
  const after = {
    runs: jobs.length,
    jobs: jobs.slice(0, shown),
    ...(cancel.length > 0 && { cancelled: cancel.length }),
  }
  return [{ ...by, target: `schedule:${schedule}`, outcome: 'done', before: null, after: JSON.stringify(after) }]
}
