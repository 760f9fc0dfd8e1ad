/**
 * By which copy of SQLite this process has a file open. Two copies do not see each other's locks, both would write at
 * once, and commits would be lost: docs/decisions/0010-transactions.md
 */
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { RotaError } from '../../job/errors.ts'
import type { SqliteDriver } from './handle.ts'

interface Use {
  readonly driver: SqliteDriver | null
  connections: number
}

const uses = new Map<string, Use>()

/**
 * Before a file is opened: already closing it again would end the locks that the other copy has on it.
 *
 * @returns to be called once, when the file is closed
 * @throws RotaError `option_invalid` when another storage of this process has the file open by another copy
 */
export function enter(file: string, driver: SqliteDriver | null): () => void {
  if (file === ':memory:') return () => {}
  const path = realPath(file)
  const use = uses.get(path) ?? { driver, connections: 0 }
  // Of two drivers we do not know: one may be a subclass of the other.
  if ((use.driver === null) !== (driver === null)) throw twoCopies(file)
  use.connections++
  uses.set(path, use)
  return () => {
    if (--use.connections === 0) uses.delete(path)
  }
}

/** Also of a file that is not there yet. */
function realPath(file: string): string {
  for (const found of [() => realpathSync(file), () => join(realpathSync(dirname(file)), basename(file))]) {
    try {
      return found()
    } catch {}
  }
  return file
}

const twoCopies = (file: string) =>
  new RotaError(
    'option_invalid',
    `driver: in this process one storage has sqlite:${file} open with a driver and another without. Two copies of SQLite in one process do not see each other's locks and lose commits. Give every storage on this file the same \`driver\`.`,
    { field: 'driver' },
  )
