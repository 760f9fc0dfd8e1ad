/** What follows, in the same transaction, from changes that a worker had written. */
import type { ReturnChange } from '../../job/states.ts'
import type { Applied } from '../contract.ts'
import type { Query, SqlDatabase } from './database.ts'
import { closeEdges, joinFollowed } from './edges.ts'
import type { EndedRow } from './history.ts'
import { endAsked } from './signals.ts'

/**
 * @param returned jobs that went back to wait
 * @param parents jobs that ended while others wait for them
 */
export async function followUp(
  db: SqlDatabase,
  query: Query,
  worker: string,
  returned: readonly Pick<ReturnChange, 'id' | 'fence'>[],
  parents: readonly EndedRow[],
): Promise<Pick<Applied, 'cancelled' | 'followed'>> {
  const { cancelled, followed } = await endAsked(db, query, worker, returned)
  return { cancelled, followed: joinFollowed(followed, await closeEdges(db, query, parents)) }
}
