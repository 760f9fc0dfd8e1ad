/** Commands that no server does for anybody, with the reason. */
import type { Command } from 'commander'
import { RotaError } from '../index.ts'
import type { Globals } from './config.ts'

const reasons: Readonly<Record<string, string>> = {
  migrate: 'it changes the tables of a storage, which a server lets nobody do',
  bench: 'it measures a storage beside what is stored there',
  dev: 'it works on a storage of its own',
  serve: 'it is a server itself',
  'config show': 'it tells what the settings of this machine are',
}

/** A `ROTA_URL` of the environment is for the commands that can; only who asks for it here is told. @throws RotaError `option_invalid` */
export function refuseServer(command: Command): void {
  const path: string[] = []
  for (let one: Command | null = command; one?.parent; one = one.parent) path.unshift(one.name())
  const name = path.join(' ')
  const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined
  if (reason === undefined || command.optsWithGlobals<Globals>().url === undefined) return
  throw new RotaError('option_invalid', `--url: rota ${name} takes none: ${reason}. Use --storage.`, { field: 'url' })
}
