import { freshCursors } from './job.ts'
import { timed } from './large-postgres.ts'
import { connect, createSchema, storeOn } from './postgres-store.ts'
import { statementsOf } from './sql-file.ts'

export interface BrinLookups {
  findByWorkerMs: number
  listRunningMs: number
  scatteredFindByWorkerMs: number
  scatteredListRunningMs: number
}

const schema = 'rota_brin'

/** Finding 1 000 running of `live` rows by a BRIN index on `worker`: at the table's head, then scattered over it. */
export async function measureBrin(url: string, live: number): Promise<BrinLookups> {
  const sql = statementsOf('hot', 'postgres')
  await createSchema(url, schema, 'hot')
  const client = await connect(url, schema)
  await client.query(sql('running-brin'))
  await client.query(sql('fill'), [1_000, 1_700_000_000_000, 0, 'oldest'])
  await client.query(sql('fill'), [live, 1_700_000_010_000, 0, 'main'])
  await storeOn(client, 'hot').claim('w-oldest', freshCursors('oldest', [2]), 1_000)
  await client.query('vacuum analyze jobs')
  const findByWorkerMs = await timed(9, () => client.query(sql('running-of-worker'), ['w-oldest']))
  const listRunningMs = await timed(9, () => client.query(sql('running-newest-brin')))
  await client.query(sql('scatter'))
  await client.query('vacuum analyze jobs')
  const scatteredFindByWorkerMs = await timed(9, () => client.query(sql('running-of-worker'), ['w-scattered']))
  const scatteredListRunningMs = await timed(9, () => client.query(sql('running-newest-brin')))
  await client.query(`drop schema ${schema} cascade`)
  await client.end()
  return { findByWorkerMs, listRunningMs, scatteredFindByWorkerMs, scatteredListRunningMs }
}
