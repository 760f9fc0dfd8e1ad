/**
 * Copying the write-ahead log into the database, where it holds up nobody's event loop: called in the lease thread.
 *
 * SQLite by itself does it within a COMMIT, which then takes tens of milliseconds. A passive checkpoint keeps nobody from
 * writing. But it never gets to the end of a log that eight processes write to, and only from there the file can be
 * begun anew; so the rest is copied under the write lock, when there is little of it. docs/decisions/0004-checkpoints.md
 */
import { longestLog, type SqliteConnection } from './connection.ts'

/** Pages that are copied together. Fewer are flushed more often, more take longer. */
const worthCopying = 1_000
/** Pages of a log that is begun anew. */
const long = 4_000
/** Pages that may be copied under the write lock: some milliseconds. With more, an old reader is in the way. */
const fewLeft = 500
/** Milliseconds that all writers may be held up by a reader that came since. */
const patience = 20

export const upkeep = (connection: SqliteConnection): Promise<void> => connection.read(() => checkpoint(connection))

function checkpoint(connection: SqliteConnection): void {
  const log = connection.checkpoint('noop') // only looks; before SQLite 3.51 it is a passive one
  if (log.pages - log.copied >= worthCopying) connection.checkpoint('passive')
  if (log.pages < long) return
  const { pages, copied } = connection.checkpoint('noop')
  if (pages - copied > fewLeft) return
  // The file keeps its length, so that commits need not make it longer again; unless a long reader has blown it up.
  connection.checkpoint(pages > longestLog ? 'truncate' : 'restart', patience)
}
