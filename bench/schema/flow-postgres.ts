import type { NewJob, Outcome } from './job.ts'
import { hasChildren } from './job.ts'
import type { PostgresStore } from './postgres-store.ts'
import { statementsOf } from './sql-file.ts'

/** A retried insert: what finished while the first answer was lost is taken out again by a second statement. */
export async function insertAgain(store: PostgresStore, jobs: readonly NewJob[]): Promise<void> {
  const sql = statementsOf(store.design, 'postgres')
  await store.transaction(async () => {
    await store.insert(jobs)
    await store.client.query(sql('remove-finished'), [jobs.map((job) => job.id)])
  })
}

/** Inserts a child behind those of its parents that are not over yet. */
export async function insertChild(store: PostgresStore, child: NewJob, parents: readonly string[]): Promise<void> {
  const sql = statementsOf(store.design, 'postgres')
  await store.transaction(async () => {
    const marked = await store.client.query<{ id: string }>(sql('mark-parents'), [parents])
    const waiting = marked.rows.map((row) => row.id)
    const missing = parents.filter((parent) => !waiting.includes(parent))
    const finished = await store.client.query<{ id: string }>(sql('finished-parents'), [missing])
    if (new Set(finished.rows.map((row) => row.id)).size !== missing.length) throw new Error('A parent is unknown.')
    await store.insert([{ ...child, blockers: waiting.length }])
    await store.client.query(sql('add-edges'), [waiting, waiting.map(() => child.id)])
  })
}

/** Settles, then releases the dependants by a statement that sees the children inserted until then. */
export async function settleAndRelease(store: PostgresStore, worker: string, outcomes: readonly Outcome[]) {
  const sql = statementsOf(store.design, 'postgres')
  return store.transaction(async () => {
    const settled = await store.settle(worker, outcomes)
    const parents = settled.filter((row) => (row.flags & hasChildren) !== 0).map((row) => row.id)
    if (parents.length > 0) await store.client.query(sql('release-children'), [parents])
    return settled
  })
}
