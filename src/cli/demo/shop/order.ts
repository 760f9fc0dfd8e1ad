/** An order, as a flow: charge → [reserve stock, send receipt, book courier] → pack → ship. */
import { z } from 'zod'
import { defineJob, type JobContext, type Rota } from '../../../index.ts'
import { ofDemo, wait } from './options.ts'
import { sold, take, totalOf } from './stock.ts'

const order = z.object({
  number: z.string(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.int().positive(), price: z.number().positive() })).min(1),
})

export const chargeCard = defineJob({
  id: 'shop.charge-card',
  ...ofDemo,
  input: order,
  timeout: '10s',
  async run({ number, items }, ctx) {
    const amount = totalOf(items)
    ctx.log.info(`charging ${amount} € for order ${number}`, { idempotencyKey: ctx.idempotencyKey })
    await wait(700, ctx)
    return { amount, payment: `pay-${number}` }
  },
})

export const reserveStock = defineJob({
  id: 'shop.reserve-stock',
  ...ofDemo,
  input: order,
  async run({ items }, ctx) {
    for (const [i, { sku, quantity }] of items.entries()) {
      const left = take(sku, quantity)
      ctx.log.info(`${quantity} × ${sku} reserved, ${left} left`)
      await ctx.progress(((i + 1) / items.length) * 100, sku)
      await wait(300, ctx)
    }
    return { reserved: items.map(({ sku }) => sku) }
  },
})

export const sendReceipt = defineJob({
  id: 'shop.send-receipt',
  ...ofDemo,
  input: order,
  lane: 'mail',
  async run({ customer }, ctx) {
    const { amount, payment } = await ctx.parent(chargeCard)
    await wait(400, ctx)
    ctx.log.info(`receipt for ${payment} sent to ${customer}`)
    return { to: customer, amount }
  },
})

export const bookCourier = defineJob({
  id: 'shop.book-courier',
  ...ofDemo,
  input: order,
  retries: 4,
  backoff: { type: 'exponential', base: '2s' },
  async run({ number }, ctx) {
    await wait(500, ctx)
    // The courier of this shop is out every other time, as couriers are.
    if (ctx.attempt === 1 && Number(number) % 2 === 0) throw new Error('The courier did not answer within 500 ms.')
    ctx.log.info(`booked at try ${ctx.attempt}`)
    return { courier: 'Otter Express', pickup: new Date(Date.now() + 3_600_000).toISOString() }
  },
})

export const packParcel = defineJob({
  id: 'shop.pack-parcel',
  ...ofDemo,
  input: order,
  async run({ items }, ctx) {
    const { reserved } = await ctx.parent(reserveStock)
    for (const [i, sku] of reserved.entries()) {
      await wait(1_200, ctx)
      ctx.log.info(`${sku} is in the box`)
      await ctx.progress(((i + 1) / reserved.length) * 100, `${i + 1} of ${reserved.length}`)
    }
    return { parcels: Math.ceil(items.reduce((sum, { quantity }) => sum + quantity, 0) / 4) }
  },
})

export const shipParcel = defineJob({
  id: 'shop.ship-parcel',
  ...ofDemo,
  input: order,
  priority: 'high',
  async run({ number }, ctx) {
    const [{ parcels }, { courier }, { amount }] = await Promise.all([
      ctx.parent(packParcel),
      ctx.parent(bookCourier),
      ctx.parent(chargeCard),
    ])
    await wait(500, ctx)
    sold.orders++
    sold.revenue += amount
    ctx.log.info(`order ${number} is on its way with ${courier}`)
    return { tracking: `${number}-${ctx.fence}`, parcels, courier }
  },
})

/** What customers have in their baskets, in turn. */
const baskets = [
  { customer: 'ada@example.com', items: [{ sku: 'mug', quantity: 2, price: 9 }] },
  {
    customer: 'grace@example.com',
    items: [
      { sku: 'teapot', quantity: 1, price: 34 },
      { sku: 'mug', quantity: 4, price: 9 },
      { sku: 'lamp', quantity: 1, price: 48 },
    ],
  },
  {
    customer: 'linus@example.com',
    items: [
      { sku: 'notebook', quantity: 5, price: 4 },
      { sku: 'lamp', quantity: 1, price: 48 },
    ],
  },
] as const

let placed = Math.floor(Date.now() / 60_000) % 100_000

/** What the schedule of orders runs: it starts a flow, all of whose jobs are stored, or none. */
export const placeOrder = (rota: Rota) => async (ctx: JobContext) => {
  const number = String(++placed)
  const input = { number, ...(baskets[placed % baskets.length] as (typeof baskets)[number]) }
  const basket = { ...input, items: [...input.items] }
  const flow = await rota.flow('order', (f) => {
    const paid = f.job(chargeCard, basket)
    const reserved = f.job(reserveStock, basket, { after: paid })
    const told = f.job(sendReceipt, basket, { after: paid })
    const booked = f.job(bookCourier, basket, { after: paid })
    const packed = f.job(packParcel, basket, { after: reserved })
    const shipped = f.job(shipParcel, basket, { after: [paid, packed, booked] })
    return { told, shipped }
  })
  ctx.log.info(`order ${number} of ${basket.customer} is flow ${flow.id}`)
  return { order: number, flow: flow.id }
}
