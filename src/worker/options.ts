/** What `createWorker` takes, checked once. */
import { leases } from '../api/workers.ts'
import type { ClientOptions } from '../client/index.ts'
import { type ClusterSettings, type RotaOptions, resolveOptions } from '../engine/options.ts'
import { defined } from '../job/defined.ts'
import { RotaError } from '../job/errors.ts'
import { type Check, checkOptions, text } from '../job/options.ts'

type OfRota =
  | 'jobs'
  | 'lanes'
  | 'defaults'
  | 'payloadLimit'
  | 'cancelGrace'
  | 'middleware'
  | 'services'
  | 'poll'
  | 'retention'

/** A worker that works over HTTP. What is not told here means the same as in createRota. */
export interface WorkerOptions extends ClientOptions, Pick<RotaOptions, OfRota> {
  /** In lists; 1 to 200 characters. @default 'worker' */
  readonly name?: string
  /** A worker that does not renew for this long is taken for dead and its jobs run elsewhere. @default '30s', from 5 s to 10 min */
  readonly lease?: RotaOptions['lease']
}

export interface Settings {
  readonly client: ClientOptions
  readonly cluster: ClusterSettings
  readonly services: Readonly<Record<string, unknown>>
}

/** Checked by whom it is for. */
const elsewhere: Check<never> = (value) => value as never

const checks = {
  url: elsewhere,
  token: elsewhere,
  headers: elsewhere,
  fetch: elsewhere,
  cluster: elsewhere,
  jobs: elsewhere,
  lanes: elsewhere,
  defaults: elsewhere,
  payloadLimit: elsewhere,
  cancelGrace: elsewhere,
  middleware: elsewhere,
  services: elsewhere,
  poll: elsewhere,
  retention: elsewhere,
  lease: elsewhere,
  name: text(200),
}

/** @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid`, `job_invalid`, `job_duplicate` */
export function readOptions(options: WorkerOptions): Settings {
  const set = checkOptions('createWorker', options, checks)
  const { url, token, headers, fetch, cluster, name, ...rest } = set
  const given = { url, token, headers, fetch, cluster }
  const client = defined(given)
  const resolved = resolveOptions({ ...(rest as RotaOptions), ...(name !== undefined && { worker: { name } }) })
  const [settings] = resolved.clusters as [ClusterSettings]
  if (settings.jobs.size === 0)
    throw new RotaError('option_invalid', 'createWorker: "jobs" is required, with one at least.', { field: 'jobs' })
  if (settings.lease < leases.least || settings.lease > leases.most)
    throw new RotaError('option_invalid', 'lease: a server accepts 5 seconds to 10 minutes.', { field: 'lease' })
  return { client: client as unknown as ClientOptions, cluster: settings, services: resolved.services }
}
