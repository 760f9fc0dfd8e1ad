/** The overview and the failures, in a real browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestServer } from '../support/server.ts'
import { hasChromium, useBrowser, violations } from './browser.ts'
import { bill, greet, onBothDatabases, startWorld } from './world.ts'

onBothDatabases('overview and failures', (world) => {
  const browser = useBrowser()

  test('tells what needs somebody, and lets a paused lane go on', async () => {
    const { rota, url } = world()
    await rota.lanes.pause('slow', { reason: 'the provider is down' })
    const { id } = await rota.enqueue(greet, { name: 'Ada' }, { lane: 'slow' })
    const failed = await rota.enqueueMany(bill, [{ customer: 'A1' }, { customer: 'B22' }])
    for (const one of failed) await rota.result(one.id).catch(() => {})
    const { page } = await browser.visit(url)
    const needs = page.getByRole('list', { name: 'Needs attention' })
    await needs.getByText('bill failed 2 times: card declined for').waitFor()
    await needs.getByText('Lane slow is paused (the provider is down), and 1 job waits.').waitFor()
    await page.locator('[data-figure="failed"]', { hasText: /^\d/ }).waitFor()
    expect(await violations(page)).toEqual([])
    await needs.getByRole('button', { name: 'Resume' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resume lane slow?' })
    await dialog.getByRole('button', { name: 'Resume' }).click()
    await needs.getByText('1 job waits in lane slow, which no worker serves.').waitFor()
    expect((await rota.lanes.list()).find(({ name }) => name === 'slow')?.paused ?? null).toBe(null)
    await rota.jobs.cancel(id)
  })

  test('draws charts with one cursor, and shows the same as a table', async () => {
    const { page } = await browser.visit(`${world().url}/?range=24h`)
    const charts = page.getByRole('region', { name: 'Charts' })
    await expect.poll(() => charts.locator('canvas').count(), { timeout: 15_000 }).toBe(4)
    await charts.getByText('All of the last 24 hours').waitFor()
    await charts.locator('.u-over').first().hover()
    await charts.getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d – \d\d:\d\d UTC$/).waitFor()
    await charts.getByText('Table', { exact: true }).click()
    await charts.getByRole('table', { name: 'Statistics by time, newest first' }).waitFor()
    expect(new URL(page.url()).search).toBe('?range=24h&view=table')
    expect(await violations(page)).toEqual([])
  })

  test('retries all jobs of one error, and no others', async () => {
    const { rota, url } = world()
    const customers = ['Ada', 'Bob 7', 'Cid'].map((customer) => ({ customer }))
    const stored = await rota.enqueueMany(bill, customers, { metadata: { batch: 'retry' } })
    for (const { id } of stored) await rota.result(id).catch(() => {})
    await rota.jobs.delete((stored[2] as { id: string }).id)
    const { page } = await browser.visit(`${url}/failures?filter=metadata.batch:retry`)
    await page.getByRole('button', { name: /^2 times bill Error CARD_DECLINED card declined for/ }).click()
    const link = page.getByRole('link', { name: 'Show the jobs' })
    await page.getByText('at Object.run').waitFor()
    expect(await violations(page)).toEqual([])
    const shown = new URL((await link.getAttribute('href')) as string, page.url()).searchParams.get('filter')
    expect(shown).toBe('state:failed job:bill error:"card declined for" since:24h metadata.batch:retry')
    const before = await Promise.all(stored.slice(0, 2).map(({ id }) => rota.job(id)))
    await page.getByRole('button', { name: 'Retry all of these' }).click()
    await page.getByRole('dialog', { name: 'Retry 2 jobs?' }).getByRole('button', { name: 'Retry them' }).click()
    await page.getByRole('dialog', { name: 'Retried' }).getByText('2 jobs start anew.').waitFor()
    for (const [i, { id }] of stored.slice(0, 2).entries())
      await expect
        .poll(async () => (await rota.job(id))?.fence, { timeout: 15_000 })
        .toBeGreaterThan(before[i]?.fence as number)
  })

  test('tells a filter that hides everything from nothing failed', async () => {
    const { page } = await browser.visit(`${world().url}/failures?filter=job:nobody`)
    await page.locator('[data-empty="hidden"]').getByRole('button', { name: 'Clear the filter' }).click()
    await page.getByRole('list').getByRole('button', { name: /bill/ }).first().waitFor()
    await page.goto(`${world().url}/failures?filter=jab:x`)
    await page.getByRole('alert').getByText('did you mean "job"?').waitFor()
  })
})

describe.skipIf(!hasChromium)('the first steps', () => {
  let world: TestServer
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const browser = useBrowser()

  test('stand where nothing was ever stored, and tick themselves', async () => {
    const { page } = await browser.visit(world.url)
    await page.getByRole('heading', { name: 'First steps (1 of 5)' }).waitFor() // it has a worker
    expect(await violations(page)).toEqual([])
    await world.rota.enqueue(greet, { name: 'Ada' })
    await page.getByRole('heading', { name: 'First steps (3 of 5)' }).waitFor()
    await world.rota.schedules.put({ id: 'morning', job: greet, input: { name: 'Ada' }, when: 'every day at 9am' })
    await page.getByRole('heading', { name: 'First steps (4 of 5)' }).waitFor()
    await page.getByRole('button', { name: 'Hide this list' }).click()
    await page.getByRole('heading', { name: 'Charts' }).waitFor()
  })
})
