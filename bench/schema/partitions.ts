import type pg from 'pg'
import type { Outcome } from './job.ts'
import { addPartition, type PostgresStore } from './postgres-store.ts'
import { statementsOf } from './sql-file.ts'

const noPartition = '23514'
const lockNotAvailable = '55P03'

/** Settles; where the history has no partition for an outcome yet, makes it and settles again. */
export async function settleMakingPartitions(store: PostgresStore, worker: string, outcomes: readonly Outcome[]) {
  try {
    return await store.settle(worker, outcomes)
  } catch (error) {
    if (codeOf(error) !== noPartition) throw error
    const ids = outcomes.map((outcome) => outcome.id)
    const missing = await store.client.query<{ at: number }>(statementsOf(store.design, 'postgres')('missing-days'), [
      ids,
    ])
    for (const { at } of missing.rows) await addPartition(store.client, store.design, at)
    return store.settle(worker, outcomes)
  }
}

/** Drops a partition without making anyone wait: each try gives up after 50 ms. Gives back how often it gave up. */
export async function dropPartition(client: pg.Client, name: string, tries: number): Promise<number> {
  for (let failed = 0; failed < tries; failed += 1) {
    try {
      await client.query(`begin; set local lock_timeout = '50ms'; drop table "${name}"; commit`)
      return failed
    } catch (error) {
      await client.query('rollback')
      if (codeOf(error) !== lockNotAvailable) throw error
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 30))
    }
  }
  throw new Error(`"${name}" was in use at each of ${tries} tries.`)
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code
}
