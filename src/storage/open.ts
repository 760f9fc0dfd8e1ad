import { RotaError, show } from '../job/errors.ts'
import type { Storage } from './contract.ts'

/**
 * Opens the storage behind a URL: `sqlite:<file>`, `sqlite::memory:`, `postgres://user:password@host/database`, there with
 * `?schema=jobs` for another schema than `rota`.
 * Each database is loaded only when it is asked for. A `Storage` object is taken as it is.
 *
 * @throws RotaError `storage_invalid`
 */
export async function openStorage(storage: string | Storage): Promise<Storage> {
  checkStorage(storage)
  if (typeof storage !== 'string') return storage
  if (storage.startsWith('sqlite:')) {
    const { sqlite } = await import('./sqlite/storage.ts')
    return sqlite({ file: storage.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') })
  }
  const { postgres } = await import('./postgres/storage.ts')
  const [address, query] = storage.split('?') as [string, string | undefined]
  const settings = new URLSearchParams(query)
  const schema = settings.get('schema')
  settings.delete('schema') // ours; the rest is for the driver
  return postgres({ url: settings.size > 0 ? `${address}?${settings}` : address, ...(schema && { schema }) })
}

export function checkStorage(storage: unknown, field = 'storage'): void {
  if (typeof storage === 'string' && storage.startsWith('sqlite:') && storage.length > 'sqlite:'.length) return
  if (typeof storage === 'string' && /^postgres(ql)?:\/\/./.test(storage) && URL.canParse(storage)) return
  if (typeof storage === 'object' && storage !== null && 'claim' in storage) return
  // A URL may carry a password, so only its beginning is shown.
  const what = typeof storage === 'string' ? shown(storage) : show(storage)
  throw new RotaError(
    'storage_invalid',
    `${field}: ${what} is not a storage${sqliteFor(storage)}. Use 'sqlite:rota.db', 'postgres://user@host/database' or a Storage object.`,
    { field },
  )
}

/** A path, or `:memory:`, has no password in it. */
const isPath = (text: string): boolean =>
  text === ':memory:' || /^[^:@?]*\.(db|sqlite3?)$/i.test(text) || /^\.{0,2}\/[^:@?]*$/.test(text)

const shown = (text: string): string => (isPath(text) ? show(text) : `"${text.split(':')[0]?.slice(0, 20)}:…"`)

const sqliteFor = (storage: unknown): string =>
  typeof storage === 'string' && isPath(storage) ? `; for SQLite write "sqlite:${storage.slice(0, 200)}"` : ''
