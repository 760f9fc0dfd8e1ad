/** `rota worker --url`: the jobs of the configuration file, worked on for a server. */
import type { RotaOptions } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import { createWorker, type Worker } from '../../worker/index.ts'
import { knownJobs } from '../config.ts'

/** What of the configuration is about the worker. Where jobs are stored is for the server to say; schedules are for whoever has the storage. */
export function workerOfServer(
  {
    url,
    token,
    cluster,
  }: { readonly url: string; readonly token: string | undefined; readonly cluster?: string | undefined },
  options: RotaOptions,
): Worker {
  const { lanes, defaults, retention, payloadLimit, lease, cancelGrace, middleware, services, poll, worker } = options
  const given = { lanes, defaults, retention, payloadLimit, lease, cancelGrace, middleware, services, poll, cluster }
  return createWorker({
    ...defined({ ...given, name: worker?.name }),
    url,
    token,
    jobs: knownJobs(options),
  })
}
