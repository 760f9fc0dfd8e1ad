import { hasChildren, type NewJob, type Outcome } from './job.ts'
import { type Design, statementsOf } from './sql-file.ts'
import type { SqliteStore } from './sqlite-store.ts'

/** The same three flows as on PostgreSQL, each in one write transaction. */
export function flowsOn(store: SqliteStore, design: Design) {
  const sql = statementsOf(design, 'sqlite')
  const removeFinished = store.db.prepare(sql('remove-finished'))
  const markParent = store.db.prepare(sql('mark-parent'))
  const addEdge = store.db.prepare(sql('add-edge'))
  const releaseChild = store.db.prepare(sql('release-child'))
  const finished = store.db.prepare('select 1 from finished_jobs where id = :id')

  return {
    insertAgain: (jobs: readonly NewJob[]) =>
      store.write(() => {
        store.insert(jobs)
        for (const { id } of jobs) removeFinished.run({ id })
      }),

    insertChild: (child: NewJob, parents: readonly string[]) =>
      store.write(() => {
        const waiting = parents.filter((id) => markParent.run({ id }).changes === 1)
        for (const id of parents) {
          if (!waiting.includes(id) && !finished.get({ id })) throw new Error('A parent is unknown.')
        }
        store.insert([{ ...child, blockers: waiting.length }])
        for (const parent of waiting) addEdge.run({ parent, child: child.id })
      }),

    settleAndRelease: (worker: string, outcomes: readonly Outcome[]) =>
      store.write(() => {
        const settled = store.settle(worker, outcomes)
        for (const row of settled) if ((row.flags & hasChildren) !== 0) releaseChild.run({ parent: row.id })
        return settled
      }),
  }
}
