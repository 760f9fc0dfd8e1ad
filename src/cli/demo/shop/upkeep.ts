/** What runs by itself in a shop. */
import { z } from 'zod'
import { defineJob } from '../../../index.ts'
import { ofDemo, wait } from './options.ts'
import { refill, sold } from './stock.ts'

export const syncStock = defineJob({
  id: 'shop.sync-stock',
  ...ofDemo,
  retries: 0, // it runs again soon
  run(_, ctx) {
    const { refilled, levels } = refill()
    for (const sku of refilled) ctx.log.info(`${sku} was low and is full again`)
    return levels
  },
})

const shards = 60

/** A minute of work that tells how far it is. */
export const rebuildIndex = defineJob({
  id: 'shop.rebuild-search-index',
  ...ofDemo,
  timeout: '2m',
  async run(_, ctx) {
    let pages = 0
    for (let shard = 1; shard <= shards; shard++) {
      await wait(1_000, ctx)
      pages += 40 + (shard % 7)
      await ctx.progress((shard / shards) * 100, `shard ${shard} of ${shards}`)
      if (shard % 5 === 0) ctx.log.info(`shard ${shard} is built`, { pages })
    }
    return { shards, pages }
  },
})

export const dailyReport = defineJob({
  id: 'shop.daily-report',
  ...ofDemo,
  run: (_, ctx) => ({ day: ctx.scheduledFor.toISOString().slice(0, 10), ...sold }),
})

export const paySuppliers = defineJob({
  id: 'shop.pay-suppliers',
  ...ofDemo,
  onLapse: 'fail', // money is not sent twice
  run: (_, ctx) => ({ paid: Math.round(sold.revenue * 60) / 100, for: ctx.scheduledFor.toISOString().slice(0, 7) }),
})

export const sendNewsletter = defineJob({
  id: 'shop.send-newsletter',
  ...ofDemo,
  input: z.object({ subject: z.string() }).default({ subject: 'News of the week' }),
  lane: 'mail',
  unique: {}, // one that waits is enough
  async run({ subject }, ctx) {
    await wait(800, ctx)
    return { subject, readers: 3 }
  },
})

/** In a lane that no worker of the demo serves: it waits until one is started that does. */
export const quarterlyReport = defineJob({
  id: 'shop.quarterly-report',
  ...ofDemo,
  input: z.object({ quarter: z.string() }),
  lane: 'reports',
  unique: {},
  run: ({ quarter }) => ({ quarter, ...sold }),
})
