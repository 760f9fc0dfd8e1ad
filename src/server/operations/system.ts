/** Lanes, definitions, clusters, workers as people see them, figures and failures. */
import { createHash } from 'node:crypto'
import { countedUpTo } from '../../engine/lanes.ts'
import { presentOf } from '../../engine/roll-up.ts'
import { version } from '../../engine/version.ts'
import { listQuery } from '../../engine/view.ts'
import type { Cluster, Rota } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import { isRotaError } from '../../job/errors.ts'
import { defaults as jobDefaults } from '../../job/options.ts'
import { scheduleDefaults } from '../../schedule/policies.ts'
import type { JobRecord, Storage } from '../../storage/contract.ts'
import { keepAudit } from '../../storage/sql/purge-people.ts'
import { both, byOf, checkLane, inLanes } from '../call.ts'
import { checksOf, type Facts, migrationCheck } from '../checks.ts'
import { implementer } from './implementer.ts'
import { lateSchedules } from './timetable.ts'

const { lanes, workers, stats, system } = implementer

export const laneRouter = {
  list: lanes.list.handler(async ({ context }) => {
    const found = await context.cluster.lanes.list()
    return { lanes: found.filter(({ name }) => inLanes(context, name)) }
  }),
  pause: lanes.pause.handler(({ input: { id, reason }, context }) => {
    checkLane(context, id)
    return context.cluster.as(byOf(context)).lanes.pause(id, defined({ reason }))
  }),
  resume: lanes.resume.handler(({ input: { id }, context }) => {
    checkLane(context, id)
    return context.cluster.as(byOf(context)).lanes.resume(id)
  }),
}

export const workerDeskRouter = {
  list: workers.list.handler(async ({ context }) => ({ workers: await context.cluster.workers() })),
  drain: workers.drain.handler(async ({ input: { id }, context }) => {
    await context.cluster.as(byOf(context)).drainWorker(id)
    return { id, status: 'draining' as const }
  }),
  resume: workers.resume.handler(async ({ input: { id }, context }) => {
    await context.cluster.as(byOf(context)).drainWorker(id, false)
    return { id, status: 'working' as const }
  }),
}

export const clusterRouter = (rota: Rota) => ({
  list: implementer.clusters.list.handler(() => ({ clusters: [...rota.clusters] })),
})

/** @param keepsSecret the secret of the server outlives it */
export const systemRouter = (keepsSecret: boolean) => ({
  get: system.get.handler(async ({ context: { cluster } }) => {
    const { description, migrations } = await schemaOf(cluster)
    const { keepSucceeded, keepFailed, lane, priority, retries, timeout, expiresIn, ...rest } = cluster.defaults
    const { lease, poll, payloadLimit } = rest
    const looked = migrations.pending.length > 0 ? null : await lookAt(cluster)
    return {
      version: version(),
      node: process.version,
      startedAt: new Date(performance.timeOrigin),
      storage: { kind: /^\w*/.exec(description)?.[0] ?? '', description },
      migrations,
      retention: {
        succeeded: keepSucceeded || null,
        failed: keepFailed,
        skips: scheduleDefaults.keepSkips,
        audit: keepAudit,
        idempotencyKeys: jobDefaults.keepIdempotencyKeys,
      },
      defaults: { lane, priority, retries, timeout, expiresIn, lease, poll, payloadLimit },
      clock: looked && {
        server: new Date(looked.server),
        database: new Date(looked.database),
        skewMs: Math.round(looked.skew),
      },
      checks: [migrationCheck(migrations), ...(looked === null ? [] : checksOf({ ...looked, keepsSecret }))],
    }
  }),
})

/** Also where it cannot be used, because it is not migrated and must not be. */
function schemaOf({ connection }: Cluster) {
  const look = async (storage: Storage) => ({
    description: storage.description,
    migrations: await storage.migrations(),
  })
  return connection.open().then(
    ({ storage }) => look(storage),
    (error) => {
      if (!isRotaError(error, 'storage_not_migrated')) throw error
      return connection.unmigrated(look)
    },
  )
}

/** What its storage says now. */
async function lookAt({
  connection,
}: Cluster): Promise<Omit<Facts, 'keepsSecret'> & { server: number; database: number }> {
  const { storage } = await connection.open()
  const asked = Date.now()
  const database = await presentOf(storage)
  const told = Date.now()
  const server = (asked + told) / 2
  const [workers, lanes, late] = await Promise.all([
    storage.workers(),
    storage.lanes(countedUpTo),
    lateSchedules(storage, database),
  ])
  return { server, database, skew: database - server, uncertain: (told - asked) / 2, workers, lanes, late }
}

/** Jobs that a list of failures looks at. */
const mostFailures = 2_000

export const statRouter = {
  get: stats.get.handler(({ input, context }) => context.cluster.stats(defined(input))),
  failures: stats.failures.handler(async ({ input: { filter }, context }) => {
    const { storage } = await context.cluster.connection.open()
    const query = listQuery(filter === undefined ? {} : { filter })
    const lanes = both(query.lanes, context.caller?.lanes ?? null)
    const found: JobRecord[] = []
    let before: string | null = null
    for (let page = 0; page < 10 && found.length < mostFailures; page++) {
      const { jobs, next } = await storage.list({ ...query, lanes, states: ['failed'], before, limit: 500 })
      found.push(...jobs)
      before = next
      if (next === null) break
    }
    return { failures: groups(found), looked: found.length, more: before !== null }
  }),
}

interface Group {
  readonly fingerprint: string
  readonly job: string
  readonly error: { readonly name: string; readonly message: string; readonly code: string | null }
  count: number
  firstAt: Date
  readonly lastAt: Date
  readonly newest: string
}

/** @param jobs newest first */
function groups(jobs: readonly JobRecord[]): Group[] {
  const found = new Map<string, Group>()
  for (const { id, job, error, reason, finishedAt, createdAt } of jobs) {
    const { name, message, code = null } = error ?? { name: 'failed', message: reason ?? 'no reason was recorded' }
    const fingerprint = fingerprintOf(job, name, message, code)
    const at = new Date(finishedAt ?? createdAt)
    const group = found.get(fingerprint)
    if (group === undefined)
      found.set(fingerprint, {
        fingerprint,
        job,
        error: { name, message, code },
        count: 1,
        firstAt: at,
        lastAt: at,
        newest: id,
      })
    else {
      group.count++
      if (at < group.firstAt) group.firstAt = at
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count)
}

/** The same for errors that differ only in ids, numbers and what stands in quotes. */
function fingerprintOf(job: string, name: string, message: string, code: string | null): string {
  const plain = message
    .slice(0, 500)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '#')
    .replace(/"[^"]*"|'[^']*'/g, '""')
    .replace(/\b0x[0-9a-f]+\b|\d+/gi, '#')
  return createHash('sha256')
    .update(JSON.stringify([job, name, code, plain]))
    .digest('base64url')
    .slice(0, 16)
}
