/** https://docs.bullmq.io: a worker with many slots, what is done removed at once, addBulk for many. */
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type Payload, payloads, type Side } from './side.ts'

const queue = 'noop'

export const bullmq: Side = {
  name: 'BullMQ',
  package: 'bullmq',
  store: 'redis',
  concurrency: 100,
  settings:
    'Redis without snapshots and without an append-only file, so nothing reaches the disk; concurrency 100, removeOnComplete; bulk by addBulk, 1 000 a call.',
  async reset(url) {
    const redis = new Redis(url)
    await redis.flushall()
    await redis.quit()
  },
  async produce(url) {
    const connection = new Redis(url, { maxRetriesPerRequest: null })
    const jobs = new Queue<Payload>(queue, { connection, defaultJobOptions: { removeOnComplete: true } })
    await jobs.waitUntilReady()
    return {
      async bulk(count) {
        const all = payloads(count).map((data) => ({ name: queue, data }))
        for (let n = 0; n < all.length; n += 1_000) await jobs.addBulk(all.slice(n, n + 1_000))
      },
      one: async (payload) => void (await jobs.add(queue, payload)),
      async close() {
        await jobs.close()
        await connection.quit()
      },
    }
  },
  async work(url, options) {
    const connection = new Redis(url, { maxRetriesPerRequest: null })
    const worker = new Worker<Payload>(queue, async (job) => options.run(job.data), {
      connection,
      concurrency: options.concurrency,
      removeOnComplete: { count: 0 },
    })
    worker.on('error', () => {})
    await worker.waitUntilReady()
    return async () => {
      await worker.close()
      await connection.quit()
    }
  },
  async left(url) {
    const redis = new Redis(url)
    const [waiting, active] = await Promise.all([redis.llen(`bull:${queue}:wait`), redis.llen(`bull:${queue}:active`)])
    await redis.quit()
    return waiting + active
  },
}
