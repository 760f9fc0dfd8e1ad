import { RotaError, show } from '../../job/errors.ts'
import { describe, lazyPool } from './connect.ts'
import { runOn } from './pool.ts'

/**
 * Drops the schema that a benchmark made for itself, if it is there. No other: jobs of an application are nothing to drop.
 *
 * @param url for the driver, without `?schema=`
 * @throws RotaError `option_invalid` for any other name, before anything is opened
 */
export async function dropBenchSchema(url: string, schema: string): Promise<void> {
  if (!/^rota_bench_[0-9a-z]+$/.test(schema)) {
    const message = `schema: ${show(schema)} is not of a benchmark, so it is not dropped. Those begin with rota_bench_.`
    throw new RotaError('option_invalid', message, { field: 'schema' })
  }
  const pool = lazyPool({ url })
  try {
    await runOn(pool, describe({ url }), pool.names)(`drop schema if exists "${schema}" cascade`)
  } finally {
    await pool.end()
  }
}
