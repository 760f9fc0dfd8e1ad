import { drain, insertAll } from './drain-postgres.ts'
import { makeJobs } from './job.ts'
import { connect, createSchema, type PostgresStore, storeOn } from './postgres-store.ts'

export interface FloorOptions {
  /** Connection string of the database; the schema `rota_floor` is made in it and dropped after. */
  url: string
  jobs: number
  connections: number
  /** @default 500 */
  batch?: number
}

export interface Floor {
  insertPerSecond: number
  drainPerSecond: number
}

const schema = 'rota_floor'

/** What the chosen schema gives by hand-written SQL alone: insert over one connection, then claim and settle. */
export async function measureFloor({ url, jobs: count, connections, batch = 500 }: FloorOptions): Promise<Floor> {
  const jobs = makeJobs(count, 'main')
  await createSchema(url, schema, 'hot')
  const stores: PostgresStore[] = []
  try {
    for (let n = 0; n < connections; n += 1) stores.push(storeOn(await connect(url, schema), 'hot'))
    const insertStart = performance.now()
    await insertAll(stores[0] as PostgresStore, jobs, batch)
    const drainStart = performance.now()
    const settled = await Promise.all(stores.map((store, n) => drain(store, `worker-${n}`, batch)))
    const end = performance.now()
    const total = settled.reduce((sum, part) => sum + part, 0)
    if (total !== count) throw new Error(`${total} of ${count} jobs were settled.`)
    return {
      insertPerSecond: (count / (drainStart - insertStart)) * 1000,
      drainPerSecond: (count / (end - drainStart)) * 1000,
    }
  } finally {
    await Promise.all(stores.map((store) => store.client.end()))
    const client = await connect(url, schema)
    await client.query(`drop schema if exists ${schema} cascade`)
    await client.end()
  }
}
