/**
 * The shop of the demo: jobs, schedules of every kind, flows, failures and requests, as an application would have them. Nothing of it is made up:
 * it is what these jobs really do.
 */
import type { Job, Rota } from '../../../index.ts'
import { isRotaError } from '../../../job/errors.ts'
import { say } from '../../output.ts'
import { billCustomers, sendInvoice } from './invoice.ts'
import { checkWebsiteId, ofDemo, ownerOfDemo } from './options.ts'
import { bookCourier, chargeCard, packParcel, placeOrder, reserveStock, sendReceipt, shipParcel } from './order.ts'
import { dailyReport, paySuppliers, quarterlyReport, rebuildIndex, sendNewsletter, syncStock } from './upkeep.ts'
import { checkWebsite, type Website } from './website.ts'

export { openWebsite, type Website } from './website.ts'

export const shopJobs: readonly Job[] = [
  ...[chargeCard, reserveStock, sendReceipt, bookCourier, packParcel, shipParcel],
  ...[billCustomers, sendInvoice, syncStock, rebuildIndex],
  ...[dailyReport, paySuppliers, sendNewsletter, quarterlyReport],
] as Job[]

const placeOrders = 'shop.place-order'
const newsletter = 'shop.newsletter'

/** Ids of all that can run here. */
export const shopIds: readonly string[] = [...shopJobs.map(({ id }) => id), placeOrders, checkWebsiteId]

/** Beside the default one. Nobody serves `reports`. */
export const shopLanes = { mail: 2 }

/** The schedules that stand in the code; call it before `rota.start()`. */
export function scheduleShop(rota: Rota): void {
  rota
    .schedule(placeOrders, placeOrder(rota))
    .everyMinutes(1)
    .immediate()
    .misfire('skip')
    .options({ ...ofDemo, retries: 0 }) // another try would be another order
    .describedAs('a customer orders: starts a flow')
  rota
    .schedule('shop.bill-customers', billCustomers)
    .everyMinutes(2)
    .immediate()
    .misfire('skip')
    .describedAs('an invoice for each customer')
  rota
    .schedule('shop.sync-stock', syncStock)
    .everySeconds(5)
    .withoutOverlapping()
    .misfire('skip')
    .describedAs('fills up what is low')
  rota
    .schedule('shop.rebuild-search-index', rebuildIndex)
    .everyMinutes(5)
    .immediate()
    .withoutOverlapping()
    .misfire('skip')
    .describedAs('a minute of work, live')
  rota
    .schedule('shop.daily-report', dailyReport)
    .cron('0 9 * * 1-5')
    .timezone('Europe/Berlin')
    .owner('finance')
    .describedAs('what was sold, for the morning')
  rota
    .schedule('shop.pay-suppliers', paySuppliers)
    .natural('every 3rd friday of the month at 6pm')
    .timezone('Europe/Berlin')
    .owner('finance')
    .describedAs('once a month')
  rota.schedule(newsletter, sendNewsletter).natural('every monday at 8am').describedAs('what is new in the shop')
}

/** What the code cannot say: a pause, a stored definition, jobs that run once. Call it when the worker has started. */
export async function openShop(rota: Rota, website: Website | null): Promise<void> {
  await pauseNewsletter(rota)
  if (website !== null) await checkRegularly(rota, website)
  for (const quarter of ['2026-Q4', '2027-Q1']) await rota.enqueue(quarterlyReport, { quarter })
  await rota.enqueue(sendNewsletter, { subject: 'Teapots are back' }, { in: '1d' })
}

/** Once: whoever lets it go on does not find it paused again. */
async function pauseNewsletter(rota: Rota): Promise<void> {
  const stored = await rota.schedules.get(newsletter)
  if (stored?.createdAt.getTime() !== stored?.updatedAt.getTime() || stored?.state !== 'active') return
  await rota.schedules.pause(newsletter, { reason: 'the new template is not ready' })
}

async function checkRegularly(rota: Rota, website: Website): Promise<void> {
  const known = await rota.handlers.get(checkWebsiteId)
  if (known !== null && known.owner !== ownerOfDemo) return
  try {
    await rota.handlers.put(checkWebsite(website)) // anew at each start, because the port is another one
  } catch (error) {
    if (!isRotaError(error, 'secret_invalid')) throw error
    return say(`the demo makes no requests: ${error.message}`)
  }
  await rota.schedules.put({
    id: checkWebsiteId,
    job: checkWebsiteId,
    when: { every: '10s' },
    overlap: 'skip',
    misfire: 'skip',
    owner: ownerOfDemo,
    description: 'an HTTP job; its target is busy now and then, so some are tried again',
  })
}

/** Without this process there is no website. */
export async function closeShop(rota: Rota, website: Website | null): Promise<void> {
  if (website === null) return
  const known = await rota.handlers.get(checkWebsiteId)
  if (known?.owner === ownerOfDemo) await rota.handlers.disable(checkWebsiteId)
}
