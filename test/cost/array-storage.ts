/** A storage that hardly allocates: it hands out what was put in, in that order. So what is measured is the engine. */
import type { ClaimedJob, NewJob, Storage } from '../../src/storage/contract.ts'

const nothing = { released: 0, cancelled: [] }

export function arrayStorage(): Storage {
  let jobs: NewJob[] = []
  let next = 0
  return {
    description: 'an array',
    url: null,
    migrate: async () => ({ applied: [], pending: [] }),
    migrations: async () => ({ applied: [], pending: [] }),
    close: async () => {},
    lock: async () => 1,
    renewLock: async () => true,
    unlock: async () => true,
    async insert(batch) {
      if (next === jobs.length) [jobs, next] = [[], 0]
      jobs.push(...batch)
      return batch.map(({ id }) => ({ status: 'created', id }))
    },
    async claim({ lanes, suspect }) {
      if (suspect) return []
      const from = next
      next = Math.min(jobs.length, from + (lanes[0]?.limit ?? 0))
      return jobs.slice(from, next).map(claimed)
    },
    apply: async () => ({ refused: [], cancelled: [], followed: nothing }),
    heartbeat: async () => true,
    leave: async () => {},
    sweep: async () => [],
    held: async () => [],
    note: async () => {},
    signals: async () => [],
    promote: async () => ({ promoted: 0, expired: [], followed: nothing, nextDueIn: null, nextFireIn: null }),
    setAside: async () => ({ aside: 0, back: 0 }),
    pauseLane: async () => false,
    edit: async () => [],
    schedules: async () => ({ now: 0, schedules: [] }),
    saveSchedules: async () => [],
    deleteSchedules: async () => [],
    dueSchedules: async () => ({ now: 0, schedules: [], nextDueIn: null }),
    fire: async () => [],
    skips: async () => [],
    newestSkips: async () => ({ skips: [], more: false }),
    purge: async () => false,
    upkeep: async () => {},
    get: async () => [],
    list: async () => ({ jobs: [], next: null }),
    attempts: async () => [],
    edges: async () => [],
    flows: async () => [],
    logs: async () => [],
    stats: () => Promise.reject(new Error('an array keeps no statistics')),
    workers: async () => [],
    lanes: async () => [],
    standing: () => Promise.reject(new Error('an array keeps no order')),
    audit: async () => {},
    auditLog: async () => [],
    accounts: async () => [],
    publish: async () => {},
    manifests: async () => [],
    definitions: async () => [],
    definitionsMark: async () => 0,
    saveDefinition: async () => null,
    definitionVersions: async () => [],
    awaitReport: async () => null,
    awaited: async () => null,
    report: async () => ({ status: 'gone', held: false }),
    drain: async () => false,
    counts: () => Promise.reject(new Error('an array counts nothing')),
    next: async () => null,
    count: async () => {},
    counters: async () => [],
    mergeCounters: async () => true,
    pulse: () => Promise.reject(new Error('an array tells no change')),
    subscribe: async () => async () => {},
  }
}

const claimed = (job: NewJob): ClaimedJob =>
  ({
    id: job.id,
    job: job.job,
    lane: job.lane,
    priority: job.priority,
    fence: 1,
    attempt: 1,
    maxAttempts: job.maxAttempts,
    lapses: 0,
    onLapse: job.onLapse,
    forgets: false,
    timeout: job.timeout,
    onTimeout: job.onTimeout,
    dueAt: 0,
    createdAt: 0,
    claimedAt: 0,
    flow: null,
    schedule: null,
    input: job.input,
    metadata: null,
  }) satisfies ClaimedJob
