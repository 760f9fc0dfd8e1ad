/** A storage that this process opens, as commands use it: what they change stands in the audit log as done at the command line. */
import { userInfo } from 'node:os'
import type { Rota } from '../index.ts'
import type { Actor } from '../storage/contract.ts'
import type { Desk } from './desk.ts'

/** Who sits here. */
export const somebody = (): Actor => ({ kind: 'cli', id: '', name: nameOfUser() })

/** A user without a name, as containers have them, is a number. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}

/** The cluster is found out when a command asks for something, because only then it matters that none is the default. */
export function localDesk(rota: Rota): Desk {
  const own = () => rota.as({ actor: somebody(), address: null })
  return {
    get jobs() {
      return own().jobs
    },
    get flows() {
      return own().flows
    },
    get lanes() {
      return own().lanes
    },
    get schedules() {
      return own().schedules
    },
    workers: () => rota.workers(),
    drainWorker: (id, on) => own().drainWorker(id, on),
    stats: (options) => rota.stats(options),
    job: (id) => rota.job(id),
    result: (id, options) => rota.result(id, options),
  }
}
