/** Opens where a command works: the server of `--url` or `ROTA_URL`, else what the settings say. */
import { RotaError } from '../index.ts'
import { type Globals, type WithoutFile, withRota } from './config.ts'
import type { Desk, Place } from './desk.ts'
import { localDesk } from './local-desk.ts'
import { localPlace } from './local-place.ts'

/** @param without what it does without a configuration file, which a server needs none of */
export async function withDesk<T>(
  globals: Globals,
  work: (desk: Desk, place: Place) => Promise<T>,
  without?: WithoutFile,
): Promise<T> {
  const url = serverOf(globals)
  if (url === null)
    return withRota(globals, (rota, settings) => work(localDesk(rota), localPlace(rota, settings)), without)
  const { remoteDesk } = await import('./remote/desk.ts') // it takes longer to load than most commands run
  const { desk, place } = remoteDesk(url, globals.cluster)
  return work(desk, place)
}

/** A flag goes before the environment; two of a kind leave open what is meant. Null for a storage. */
export function serverOf({ url, storage, config }: Globals): string | null {
  const { ROTA_URL, ROTA_STORAGE } = process.env
  if (url !== undefined && (storage !== undefined || config !== undefined))
    throw both('--url', storage === undefined ? '--config' : '--storage')
  if (url !== undefined) return url
  if (storage !== undefined || config !== undefined || !ROTA_URL) return null
  if (ROTA_STORAGE) throw both('ROTA_URL', 'ROTA_STORAGE')
  return ROTA_URL
}

const both = (one: string, other: string): RotaError =>
  new RotaError('option_invalid', `${one} and ${other} cannot both be given: work on a server, or on a storage.`, {
    field: 'url',
  })
