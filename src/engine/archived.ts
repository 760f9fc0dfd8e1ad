import { RotaError } from '../job/errors.ts'
import type { AccountCall, Storage } from '../storage/contract.ts'

/** What each verb of a storage does to it; a new verb has to be entered here. */
const verbs: Readonly<Record<Exclude<keyof Storage, 'description' | 'url' | 'accounts'>, 'reads' | 'writes'>> = {
  migrate: 'writes',
  migrations: 'reads',
  close: 'reads',
  insert: 'writes',
  claim: 'writes',
  apply: 'writes',
  note: 'writes',
  signals: 'reads',
  heartbeat: 'writes',
  leave: 'writes',
  sweep: 'writes',
  held: 'reads',
  promote: 'writes',
  setAside: 'writes',
  edit: 'writes',
  pauseLane: 'writes',
  drain: 'writes',
  schedules: 'reads',
  saveSchedules: 'writes',
  deleteSchedules: 'writes',
  dueSchedules: 'reads',
  fire: 'writes',
  skips: 'reads',
  newestSkips: 'reads',
  lock: 'writes',
  renewLock: 'writes',
  unlock: 'writes',
  purge: 'writes',
  upkeep: 'writes',
  get: 'reads',
  list: 'reads',
  attempts: 'reads',
  edges: 'reads',
  flows: 'reads',
  logs: 'reads',
  stats: 'reads',
  counts: 'reads',
  next: 'reads',
  audit: 'writes',
  auditLog: 'reads',
  publish: 'writes',
  manifests: 'reads',
  definitions: 'reads',
  definitionsMark: 'reads',
  saveDefinition: 'writes',
  definitionVersions: 'reads',
  awaitReport: 'writes',
  awaited: 'reads',
  report: 'writes',
  count: 'writes',
  counters: 'reads',
  mergeCounters: 'writes',
  pulse: 'reads',
  workers: 'reads',
  lanes: 'reads',
  standing: 'reads',
  subscribe: 'reads',
}

/** The same storage for reading: whatever would write to it is refused, wherever it comes from. */
export function archived(storage: Storage, cluster: string): Storage {
  const guarded: Record<string, unknown> = { description: storage.description, url: storage.url }
  for (const [verb, does] of Object.entries(verbs)) {
    const call = storage[verb as keyof typeof verbs] as (...args: unknown[]) => unknown
    guarded[verb] =
      does === 'reads' ? call.bind(storage) : () => Promise.reject(clusterArchived(cluster, `"${verb}" is refused`))
  }
  guarded.accounts = (asked: AccountCall) =>
    asked.do === 'find' || asked.do === 'count'
      ? storage.accounts(asked)
      : Promise.reject(clusterArchived(cluster, `"${asked.do}" of ${asked.table} is refused`))
  return guarded as unknown as Storage
}

export const clusterArchived = (cluster: string, what: string): RotaError =>
  new RotaError(
    'cluster_archived',
    `The cluster "${cluster}" is archived, so ${what}: it can only be read. Set its mode to 'active' or 'passive' to write to it.`,
    { field: 'cluster' },
  )
