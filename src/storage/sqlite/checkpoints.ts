/**
 * Copying the write-ahead log into the database, where it holds up nobody's event loop: called in the lease thread.
 *
 * SQLite by itself does it within a COMMIT, which then takes tens of milliseconds. A passive checkpoint keeps nobody from
 * writing. But it never gets to the end of a log to which many write, and only from there the file is begun anew: by the
 * next who writes, so nobody has to wait for readers. docs/decisions/0004-checkpoints.md
 */
import { type Log, SqliteConnection } from './connection.ts'

/** Pages that are copied together: fewer would be flushed more often. */
const worthCopying = 1_000
/** Pages of a log that is to be begun anew. */
const long = 4_000
/** Pages to copy while nobody writes: some milliseconds. When there are more, an old reader is in the way. */
const fewLeft = 500
/** While one copies, others write; the next time less is left. */
const rounds = 3

export async function upkeep(connection: SqliteConnection, file: string): Promise<void> {
  if (await connection.read(() => copy(connection))) await copyAll(connection, file)
}

/** Tells whether the log should, and can, be begun anew. */
function copy(connection: SqliteConnection): boolean {
  let log = connection.checkpoint('noop')
  const isLong = log.pages >= long
  for (let round = 1; round <= rounds && left(log) >= (isLong ? fewLeft : worthCopying); round++) {
    connection.checkpoint('passive')
    log = connection.checkpoint('noop')
  }
  return isLong && left(log) > 0 && left(log) < fewLeft
}

const left = ({ pages, copied }: Log): number => pages - copied

/** While we have the turn to write, the log has an end. A connection cannot copy in its own transaction, so another does. */
async function copyAll(connection: SqliteConnection, file: string): Promise<void> {
  const copier = new SqliteConnection(file, connection.driver) // not prepared: that writes
  try {
    await connection.write(() => {
      if (copier.checkpoint('noop').pages >= long) copier.checkpoint('passive') // or another process was first
    })
  } finally {
    await copier.close()
  }
}
