/** A pool of `pg` as an application would hand it over, that counts the statements which go through it. */
import pg from 'pg'
import type { PostgresClient, PostgresPool, PostgresQuery } from '../../src/storage/postgres/index.ts'

export interface Counts {
  all: number
  claims: number
  settles: number
}

export function countedPool(url: string) {
  const real = new pg.Pool({ connectionString: url, max: 10 })
  const counts: Counts = { all: 0, claims: 0, settles: 0 }
  const count = ({ text }: PostgresQuery) => {
    counts.all++
    if (text.includes('set worker = $2')) counts.claims++
    if (text.includes('finished_jobs (')) counts.settles++
  }
  const pool = counted(real as unknown as PostgresPool, count)
  const connect = async (): Promise<PostgresClient> =>
    counted((await real.connect()) as unknown as PostgresClient, count)
  return {
    pool: new Proxy(pool, { get: (target, key) => (key === 'connect' ? connect : Reflect.get(target, key)) }),
    counts,
    end: () => real.end(),
  }
}

function counted<T extends Pick<PostgresPool, 'query'>>(target: T, count: (query: PostgresQuery) => void): T {
  const query = (one: PostgresQuery) => {
    count(one)
    return target.query(one)
  }
  return new Proxy(target, {
    get(_, key) {
      if (key === 'query') return query
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
