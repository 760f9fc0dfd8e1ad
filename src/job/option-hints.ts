/** Names that people try, mostly from other schedulers, with what to write here instead. One table for each place. */
import type { State } from './states.ts'

export type Hints = Readonly<Record<string, string>>

const named = (names: readonly string[], hint: string): Hints => Object.fromEntries(names.map((name) => [name, hint]))

const schedules = named(
  ['cron', 'every', 'repeat', 'interval', 'schedule', 'schedules', 'recurring'],
  'schedules are not built yet',
)
const retries = named(
  ['attempts', 'maxAttempts', 'maxRetries', 'tries', 'retryLimit'],
  'use `retries`, the tries after the first',
)
const ofEvery: Hints = {
  ...schedules,
  ...retries,
  ...named(['queue', 'queues', 'queueName', 'pool'], "use `lane: 'mail'`"),
  ...named(['attemptTimeout', 'attemptsTimeout', 'maxDuration', 'timeLimit', 'ttr'], 'use `timeout`, for one try'),
  ...named(['ttl', 'timeToLive'], 'use `expiresIn`'),
  ...named(
    ['removeOnComplete', 'removeOnFail', 'keep', 'keepFor'],
    "use `retention: { succeeded: '7d', failed: '30d' }`",
  ),
  ...named(['meta', 'tags', 'labels'], "use `metadata: { team: 'mail' }`"),
}

export const enqueueHints: Hints = {
  ...ofEvery,
  ...named(['delay', 'startAfter', 'runIn'], "use `in: '5m'`"),
  ...named(['runAt', 'scheduledAt', 'scheduledFor', 'date'], 'use `at`'),
  executeAfter: 'use `at` for an instant, `in` for a duration',
  ...named(['dependsOn', 'dependencies', 'parent', 'parents', 'waitFor'], 'use `after`'),
  ...named(['expireOn', 'expiresOn', 'expireAt', 'deadline'], 'use `expiresAt`'),
  ...named(
    ['jobId', 'key', 'dedupeKey', 'deduplicationKey'],
    'use `idempotencyKey`, or `unique` while a job is not over',
  ),
  ...named(['transaction', 'trx'], 'use `tx`'),
  ...named(['clusterId'], 'use `cluster`'),
  ...named(['backoff', 'retryDelay'], '`backoff` belongs to the definition'),
}

export const updateHints: Hints = {
  ...retries,
  ...named(['queue', 'pool'], "use `lane: 'mail'`"),
  ...named(['delay', 'runIn'], "use `in: '5m'`"),
  ...named(['runAt', 'dueAt', 'scheduledAt'], 'use `at`'),
  ...named(['expiresIn', 'ttl'], 'use `expiresAt`'),
  ...named(['payload', 'data'], 'use `input`'),
  ...named(['meta', 'tags', 'labels'], "use `metadata: { team: 'mail' }`"),
}

export const jobHints: Hints = {
  ...ofEvery,
  ...named(['name', 'type'], 'use `id`'),
  ...named(['handler', 'handle', 'execute', 'perform', 'process', 'fn'], 'use `run`'),
  ...named(['schema', 'inputSchema', 'payload', 'data'], 'use `input`'),
  ...named(['retryDelay', 'delay', 'retryBackoff'], 'use `backoff`'),
  ...named(['in', 'at', 'executeAfter'], "say it when the job is enqueued: `rota.enqueue(job, input, { in: '5m' })`"),
  ...named(['dependsOn', 'after', 'parent', 'parents', 'waitFor'], 'say it when the job is enqueued: `{ after: id }`'),
  ...named(['expireOn', 'expiresOn', 'expiresAt'], 'use `expiresIn`; `expiresAt` is said when the job is enqueued'),
  ...named(['concurrency', 'limit'], "say it of a lane: `createRota({ lanes: { mail: 5 } })`, and `lane: 'mail'` here"),
  ...named(
    ['uniqueKey', 'dedupe', 'idempotencyKey'],
    'use `unique`; an `idempotencyKey` is said when the job is enqueued',
  ),
}

export const rotaHints: Hints = {
  ...schedules,
  ...named(['concurrency', 'maxConcurrency', 'slots'], 'use `lanes: { default: 20 }`'),
  ...named(['queue', 'queues', 'pools'], 'use `lanes: { mail: 5 }`'),
  ...named(['pollInterval', 'polling', 'pollingInterval'], 'use `poll`'),
  ...named(
    ['url', 'database', 'databaseUrl', 'db', 'file', 'connection', 'connectionString', 'dsn'],
    "use `storage: 'postgres://…'` or `storage: 'sqlite:rota.db'`",
  ),
  ...named(['cluster'], "use `clusters: { default: 'sqlite:rota.db' }`"),
  ...named(
    ['retries', 'backoff', 'timeout', 'priority', 'metadata', 'expiresIn', 'onTimeout', 'onLapse'],
    'use `defaults`',
  ),
  ...named(['attempts', 'maxAttempts', 'maxRetries'], 'use `defaults: { retries: 3 }`, the tries after the first'),
  ...named(['handlers', 'definitions', 'tasks', 'workers'], 'use `jobs`, a list of what defineJob gave'),
  ...named(['leaseTime', 'leaseDuration', 'heartbeat', 'visibilityTimeout'], 'use `lease`'),
  ...named(['name', 'workerName'], "use `worker: { name: 'mailer' }`"),
  ...named(['grace', 'shutdownTimeout'], "say it at the end: `rota.stop({ grace: '30s' })`"),
  ...named(['keep', 'keepFor'], "use `retention: { succeeded: '7d', failed: '30d' }`"),
}

export const listHints: Hints = {
  ...named(['status', 'states', 'where'], "use `filter: { state: 'failed' }`"),
  ...named(['offset', 'page', 'after', 'before', 'skip'], 'use `cursor`, the `next` of the page before'),
  ...named(['take', 'pageSize', 'count'], 'use `limit`'),
}

export const lockHints: Hints = {
  ...named(['timeout', 'waitFor', 'acquireTimeout', 'block', 'retry', 'retries'], "use `wait: '10s'`"),
  ...named(['duration', 'expiry', 'expires', 'expiresIn', 'lease', 'seconds'], 'use `ttl`'),
}

/** States of other schedulers. */
export const stateHints: Readonly<Record<string, State>> = {
  pending: 'ready',
  queued: 'ready',
  waiting: 'ready',
  delayed: 'scheduled',
  done: 'succeeded',
  completed: 'succeeded',
  complete: 'succeeded',
  success: 'succeeded',
  succeed: 'succeeded',
  active: 'running',
  processing: 'running',
  error: 'failed',
  errored: 'failed',
  dead: 'failed',
  canceled: 'cancelled',
}

/** Keys of a filter under other names. */
export const filterHints: Hints = {
  ...named(['name', 'type', 'definition', 'kind'], 'job'),
  status: 'state',
  ...named(['queue', 'pool'], 'lane'),
  ...named(['from', 'after', 'newer'], 'since'),
  ...named(['to', 'before', 'older'], 'until'),
  ...named(['meta', 'tag', 'tags', 'label'], 'metadata.<key>'),
  ...named(['payload', 'data'], 'input.<path>'),
  message: 'error',
}
