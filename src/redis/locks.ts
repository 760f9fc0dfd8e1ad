import type { Duration } from '../job/duration.ts'
import { RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import type { Locks } from '../storage/contract.ts'
import { type Connection, connecting, type RedisClient, through } from './connect.ts'
import { keepToken, scripts, tokenKey } from './scripts.ts'

/** Where Redis is: one of the two. */
export interface RedisTarget {
  /** `redis://user:password@host:port/database`, or `rediss://…` for TLS. Exclusive with `client`. */
  readonly url?: string
  /**
   * A client of the application's own, as `createClient` of the package `redis` makes it, connected. Rota does not close it.
   * Exclusive with `url`.
   */
  readonly client?: RedisClient
}

/** What `redisLocks` takes beside. */
export interface RedisLockOptions {
  /** How long the locks of schedules last when nobody renews them. At least 1 s. @default '10m' */
  readonly ttl?: Duration
}

/**
 * Locks in Redis, for `rota.lock` and beside schedules. Needs the package `redis`, version 5 or newer. Without it the locks are in the storage, and
 * nothing is missing: it takes the load of locks off the database.
 *
 * `rota.lock(name)` is the key `rota:lock:<name>`; a schedule has `schedule:jobLock:<name>:<server|overlap>`. The value is the
 * random word of the owner, who alone can renew or free it; the time to live is that of the lock. A command without
 * an answer for half a second rejects with `locks_unreachable`, and so does what Redis refuses; the next one connects anew.
 *
 * @throws RotaError `option_invalid`, `option_unknown` or `duration_invalid`
 * @example const rota = createRota({ storage: 'postgres://app@db/app', locks: redisLocks({ url: 'redis://cache:6379' }) })
 */
export function redisLocks(target: RedisTarget, options: RedisLockOptions = {}): Locks {
  const { url, client } = check.checkOptions('redisLocks', target, { url: redisUrl, client: redisClient })
  const { ttl } = check.checkOptions('redisLocks', options, { ttl: check.duration(1_000) })
  if ((url === undefined) === (client === undefined))
    throw new RotaError('option_invalid', 'redisLocks: give either "url" or "client".', { field: 'url' })
  const description = url === undefined ? 'redis (a client of the application)' : describe(url)
  const connection = url === undefined ? through(client as RedisClient) : connecting(url)
  let closed = false

  const run = async (script: keyof typeof scripts, name: string, args: readonly (string | number)[]) => {
    if (closed) throw new RotaError('closed', `The locks in ${description} are closed.`)
    const keys = script === 'release' ? [name] : [name, tokenKey(name)]
    return answerOf(connection, { script: scripts[script], keys, args: args.map(String) }, description)
  }
  return {
    description,
    scheduleTtl: ttl ?? defaults.scheduleLockTtl,
    async lock({ name, owner, ttl }) {
      const token = await run('take', name, [owner, ttl, keepToken])
      return token === null ? null : Number(token)
    },
    renewLock: async ({ name, owner, ttl }) => (await run('renew', name, [owner, ttl, keepToken])) === 1,
    unlock: async (name, owner) => (await run('release', name, [owner])) === 1,
    async close() {
      if (client !== undefined) return
      closed = true
      connection.close()
    },
  }
}

const redisUrl: check.Check<string> = (value, field) => {
  const isUrl = typeof value === 'string' && /^rediss?:\/\/./.test(value) && URL.canParse(value) && isReadable(value)
  if (isUrl) return value
  // It may carry a password, so only its beginning is shown.
  const scheme = typeof value === 'string' ? (/^[a-z][a-z\d+.-]{0,20}:/i.exec(value)?.[0] ?? '') : null
  const what = scheme === null ? show(value) : `"${scheme}…"`
  const message = `${field}: ${what} is not the address of a Redis. Use 'redis://user:password@host:6379/0', or 'rediss://…' for TLS.`
  throw new RotaError('option_invalid', message, { field })
}

/** The driver tells the whole URL, and with it the password, where it cannot read it. */
function isReadable(value: string): boolean {
  const { username, password, pathname } = new URL(value)
  try {
    decodeURIComponent(username + password)
    return /^\/?\d*$/.test(pathname)
  } catch {
    return false
  }
}

const redisClient: check.Check<RedisClient> = (value, field) => {
  const has = (verb: string) => typeof (value as Record<string, unknown> | null | undefined)?.[verb] === 'function'
  if (['eval', 'withAbortSignal', 'on'].every(has)) return value as RedisClient
  const message = `${field}: ${show(value)} is not a client of the package "redis", version 5 or newer. Give what its createClient made.`
  throw new RotaError('option_invalid', message, { field })
}

/** What and where, without the password. */
function describe(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

async function answerOf(
  connection: Connection,
  command: Parameters<Connection['run']>[0],
  description: string,
): Promise<unknown> {
  try {
    return await connection.run(command)
  } catch (error) {
    if (error instanceof RotaError) throw error
    throw new RotaError('locks_unreachable', `${description}: ${reasonOf(error)}.`, { cause: error })
  }
}

/** Where a name has several addresses, the trouble with each is told beneath. */
function reasonOf(error: unknown): string {
  const { message, errors, code } = error as { message?: string; errors?: readonly Error[]; code?: string }
  return (message || errors?.[0]?.message || code || String(error)).replace(/\.$/, '')
}
