import { RotaError, show } from '../../job/errors.ts'
import * as check from '../../job/options.ts'
import { type Names, type PostgresPool, surviveBrokenConnections } from './pool.ts'

/** What `postgres` takes. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. Exclusive with `pool`. */
  readonly url?: string
  /**
   * A pool of the application's own, as `pg` makes it, with its JavaScript driver: values go to it in binary. It is not ended
   * by Rota. Exclusive with `url`.
   */
  readonly pool?: PostgresPool
  /** Where the tables are. Made when it does not exist. @default 'rota' */
  readonly schema?: string
  /** Largest number of connections with `url`, 2 to 1000. @default 10 */
  readonly connections?: number
  /**
   * Hear of new jobs at once, over one connection that listens. Behind a pooler in transaction mode nothing is heard, and
   * the poll finds the jobs: say false there. @default true
   */
  readonly listen?: boolean
  /**
   * Keep statements parsed and planned on each connection. Where a pooler (PgBouncer in transaction mode) loses them, Rota
   * finds out and goes without; with false it does not try. @default true
   */
  readonly prepare?: boolean
  /** Replaces the clock of the database, for tests. Milliseconds since 1970. @default the clock of the database */
  readonly clock?: () => number
}

const schemaName: check.Check<string> = (value, field) => {
  if (typeof value === 'string' && /^(?!pg_)[a-z_][a-z0-9_]{0,40}$/.test(value)) return value
  const message = `${field}: ${show(value)} is not allowed. Use lower-case letters, digits and _ (at most 41, not beginning with pg_).`
  throw new RotaError('option_invalid', message, { field })
}

export function checkPostgresOptions(options: PostgresOptions) {
  const checked = check.checkOptions('postgres', options, {
    url: check.text(2_000),
    pool: (value: unknown) => value as PostgresPool,
    schema: schemaName,
    connections: check.integer(2, 1_000),
    listen: check.boolean,
    prepare: check.boolean,
    clock: check.func,
  })
  if ((checked.url === undefined) === (checked.pool === undefined)) {
    throw new RotaError('option_invalid', 'postgres: give either "url" or "pool".', { field: 'url' })
  }
  return checked
}

/** What and where, without the password. */
export function describe(options: PostgresOptions): string {
  if (options.url === undefined) return 'postgres (a pool of the application)'
  try {
    const { hostname, port, pathname } = new URL(options.url)
    return `postgres://${hostname}${port && `:${port}`}${pathname}`
  } catch {
    return 'postgres'
  }
}

/** By which another thread can open the same; our schema comes first, so that it counts. */
export function addressFor({ url, clock }: PostgresOptions, schema: string): string | null {
  if (url === undefined || clock !== undefined || !/^postgres(ql)?:\/\/./.test(url) || !URL.canParse(url)) return null
  const [address, query] = url.split('?')
  return `${address}?schema=${schema}${query ? `&${query}` : ''}`
}

export interface LazyPool extends Pick<PostgresPool, 'query' | 'connect' | 'end'> {
  readonly names: Names
  /** Takes leave to keep a connection for listening, and gives the way to return it; null when none can be spared. */
  mayListen(): (() => void) | null
}

const listeners = new WeakMap<PostgresPool, number>()

/** A connection that listens does nothing else, so one must be left, however many Rotas share the pool. */
function spare(pool: PostgresPool): (() => void) | null {
  const count = listeners.get(pool) ?? 0
  if (count + 1 >= (pool.options?.max ?? 10)) return null
  listeners.set(pool, count + 1)
  return () => listeners.set(pool, (listeners.get(pool) ?? 1) - 1)
}

const namesOf = new WeakMap<PostgresPool, Names>()

/** What one Rota finds out about a pool of the application's own, the others on it know. */
function namesIn(pool: PostgresPool): Names {
  const names = namesOf.get(pool) ?? { allowed: true }
  namesOf.set(pool, names)
  return names
}

/** Milliseconds. */
const connectPatience = 10_000

/** Loads `pg` at first use, so that whoever stays with SQLite need not install it. */
export function lazyPool(options: PostgresOptions): LazyPool {
  const { pool: own, prepare = true } = options
  if (own !== undefined) {
    surviveBrokenConnections(own)
    return {
      names: prepare ? namesIn(own) : { allowed: false },
      query: (query) => own.query(query),
      connect: () => own.connect(),
      end: async () => {},
      mayListen: () => spare(own),
    }
  }
  let opened: Promise<PostgresPool> | null = null
  const open = () => {
    opened ??= connect(options)
    return opened
  }
  return {
    names: { allowed: prepare },
    query: async (query) => (await open()).query(query),
    connect: async () => (await open()).connect(),
    end: async () => (await opened)?.end(),
    mayListen: () => () => {}, // there are two connections at least
  }
}

async function connect(options: PostgresOptions): Promise<PostgresPool> {
  const pg = await import('pg').catch((cause) => {
    throw new RotaError('storage_invalid', 'PostgreSQL needs the package "pg": npm install pg', {
      field: 'storage',
      cause,
    })
  })
  const pool = new pg.default.Pool({
    connectionString: options.url,
    max: options.connections ?? check.defaults.postgresConnections,
    keepAlive: true,
    connectionTimeoutMillis: connectPatience,
  })
  surviveBrokenConnections(pool as unknown as PostgresPool)
  return pool as unknown as PostgresPool
}
