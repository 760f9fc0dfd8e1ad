/** https://worker.graphile.org/docs/performance: the settings of its own measurements. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { onPostgres } from './postgres.ts'
import { type Payload, payloads, type Side } from './side.ts'

const quiet = new Logger(() => () => {})
const slots = 24

export const graphileWorker: Side = {
  name: 'graphile-worker',
  package: 'graphile-worker',
  store: 'postgres',
  concurrency: slots,
  settings:
    'concurrentJobs 24, maxPoolSize 25, localQueue 500, completeJobBatchDelay 0, failJobBatchDelay 0; bulk by addJobs, 1 000 a call. Deletes what succeeded.',
  async reset(url) {
    await onPostgres(url, 'drop schema if exists graphile_worker cascade')
    const utils = await makeWorkerUtils({ connectionString: url, logger: quiet })
    await utils.migrate()
    await utils.release()
  },
  async produce(url) {
    const pgPool = new pg.Pool({ connectionString: url, max: 10 })
    pgPool.on('error', () => {})
    pgPool.on('connect', (client) => client.on('error', () => {}))
    const utils = await makeWorkerUtils({ pgPool, logger: quiet })
    return {
      async bulk(count) {
        const jobs = payloads(count).map((payload) => ({ identifier: 'noop', payload }))
        for (let n = 0; n < jobs.length; n += 1_000) await utils.addJobs(jobs.slice(n, n + 1_000))
      },
      one: async (payload) => void (await utils.addJob('noop', payload)),
      async close() {
        await utils.release()
        await pgPool.end()
      },
    }
  },
  async work(url, options) {
    const runner = await run({
      preset: {
        worker: {
          connectionString: url,
          concurrentJobs: options.concurrency,
          maxPoolSize: options.concurrency + 1,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
          logger: quiet,
        },
      },
      noHandleSignals: true,
      taskList: { noop: (payload: unknown) => options.run(payload as Payload) },
    })
    return () => runner.stop()
  },
  left: async (url) => Number((await onPostgres(url, 'select count(*) as n from graphile_worker._private_jobs'))[0]?.n),
}
