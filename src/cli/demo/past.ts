/** What became of the demo of a storage before: who removed it does not want it back with the next start. */
import type { AccountWhere, Storage } from '../../storage/contract.ts'
import { openStorage } from '../../storage/open.ts'

export interface Past {
  readonly removed: boolean
  /** Another one after each removal: idempotency keys outlive their jobs, so what is done again needs other keys. Empty before the first. */
  readonly round: string
}

export const noPast: Past = { removed: false, round: '' }

const name = 'demo'
const where: readonly AccountWhere[] = [{ column: 'name', is: 'eq', value: name }]

/** Asked before a worker starts, which tells everybody of the jobs that it knows. */
export async function pastOf(storage: string | Storage, migrate: boolean): Promise<Past> {
  const opened = await openStorage(storage)
  try {
    if (migrate) await opened.migrate()
    else if ((await opened.migrations()).pending.length > 0) return noPast
    const [row] = await opened.accounts({ do: 'find', table: 'settings', where })
    const [state, round = ''] = String(row?.value ?? '').split(' ')
    return { removed: state === 'removed', round }
  } finally {
    if (typeof storage === 'string') await opened.close()
  }
}

export const noteRemoved = (storage: Storage): Promise<void> => note(storage, `removed ${Date.now()}`)

export const noteBack = (storage: Storage, { round }: Past): Promise<void> => note(storage, `back ${round}`)

async function note(storage: Storage, value: string): Promise<void> {
  const set = { value, updated_at: Date.now() }
  const row = { name, ...set }
  const [created] = await storage.accounts({ do: 'create', table: 'settings', row, unlessTaken: true })
  if (created === undefined) await storage.accounts({ do: 'update', table: 'settings', where, set })
}
