/** https://pgboss.io/api: LISTEN for latency, full batches fetched without a pause for throughput. */
import { PgBoss } from 'pg-boss'
import { onPostgres } from './postgres.ts'
import { type Payload, payloads, type Side } from './side.ts'

const queue = 'noop'
const batch = 1_000
const background = { supervise: false, schedule: false }

export const pgBoss: Side = {
  name: 'pg-boss',
  package: 'pg-boss',
  store: 'postgres',
  concurrency: batch,
  settings:
    'useListenNotify, queue with notify, batchSize 1 000, burstWhenBatchFull, pollingIntervalSeconds 0.5, no supervision; bulk by insert, 1 000 a call.',
  async reset(url) {
    await onPostgres(url, 'drop schema if exists pgboss cascade')
    const boss = new PgBoss({ connectionString: url, ...background })
    await boss.start()
    await boss.createQueue(queue, { notify: true })
    await boss.stop()
  },
  async produce(url) {
    const boss = new PgBoss({ connectionString: url, max: 10, ...background })
    await boss.start()
    return {
      async bulk(count) {
        const jobs = payloads(count).map((data) => ({ data }))
        for (let n = 0; n < jobs.length; n += batch) await boss.insert(queue, jobs.slice(n, n + batch))
      },
      one: async (payload) => void (await boss.send(queue, payload)),
      close: () => boss.stop(),
    }
  },
  async work(url, options) {
    const boss = new PgBoss({ connectionString: url, max: 10, useListenNotify: true, ...background })
    boss.on('error', () => {})
    await boss.start()
    const settings = { batchSize: options.concurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
    await boss.work<Payload>(queue, settings, async (jobs) => {
      await Promise.all(jobs.map((job) => options.run(job.data)))
    })
    return () => boss.stop()
  },
  left: async (url) =>
    Number((await onPostgres(url, "select count(*) as n from pgboss.job where state < 'completed'"))[0]?.n),
}
