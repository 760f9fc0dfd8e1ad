/** What runs jobs: lanes, workers, handlers, settings, and more than one cluster. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DemoRemoval } from '../../src/cli/demo/removal.ts'
import { defineJob } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import type { TestServer } from '../support/server.ts'
import { json, type LocalTarget, localTarget } from '../support/target.ts'
import { hasChromium, stands, useBrowser } from './browser.ts'
import { greet, onBothDatabases, startWorld, worldJobs } from './world.ts'

onBothDatabases(
  'what runs jobs',
  (world) => {
    const browser = useBrowser()
    let target: LocalTarget
    beforeAll(async () => {
      target = await localTarget()
      target.answer = (_, response) => json(response, { paid: true })
    })
    afterAll(() => target[Symbol.asyncDispose]())

    test('a lane is paused with a reason, told as such, and goes on', async () => {
      const { page } = await browser.visit(`${world().url}/lanes?name=def`)
      await stands(page, 'Lanes')
      await page.getByRole('button', { name: 'Pause: default' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Reason').fill('the printer burns')
      await dialog.getByRole('button', { name: 'Pause', exact: true }).click()
      await page.getByText('the printer burns').first().waitFor()
      const { id } = await world().rota.enqueue(greet, { name: 'Ada' })
      await page.goto(`${world().url}/jobs/${id}`)
      await page.getByText('the printer burns').first().waitFor() // the job tells why it waits
      await page.goto(`${world().url}/lanes`)
      await page.getByRole('button', { name: 'Resume: default' }).click()
      await dialog.getByText('1 job').waitFor()
      await dialog.getByRole('button', { name: 'Resume', exact: true }).click()
      await page.getByRole('button', { name: 'Pause: default' }).waitFor()
      expect(await world().rota.result(id)).toEqual({ greeting: 'hello Ada' })
    })

    test('a worker is drained, takes nothing, and works again', async () => {
      const { page } = await browser.visit(`${world().url}/workers`)
      await stands(page, 'Workers')
      await page.getByRole('button', { name: /^Drain: / }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'Drain', exact: true }).click()
      await page.getByText('Draining', { exact: true }).waitFor()
      await page.getByRole('button', { name: /^Resume: / }).waitFor()
      await until('it knows', async () => (await world().rota.workers()).every(({ draining }) => draining))
      await page.getByRole('button', { name: /^Resume: / }).click()
      await dialog.getByRole('button', { name: 'Resume', exact: true }).click()
      await page.getByText('Working', { exact: true }).waitFor()
      const { id } = await world().rota.enqueue(greet, { name: 'Grace' })
      expect(await world().rota.result(id)).toEqual({ greeting: 'hello Grace' })
    })

    test('an HTTP job is made, tried, changed, put back, switched off and deleted', async () => {
      const { url } = world()
      const { page } = await browser.visit(`${url}/handlers`)
      await stands(page, 'Handlers')
      await page.getByRole('link', { name: 'New HTTP job' }).click()
      await stands(page, 'New HTTP job')
      await page.getByLabel(/^Id\b/).fill('pay')
      await page.getByLabel(/^URL\b/).fill('not an address')
      await page.getByRole('button', { name: 'Create', exact: true }).click()
      await page.getByText('One field needs a look.').waitFor()
      await page.getByLabel(/^URL\b/).fill(`${target.url}/orders/{{input.order}}`)
      await page.getByRole('button', { name: 'Create', exact: true }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Signing key of pay').waitFor()
      await dialog.getByRole('button', { name: 'I have copied it' }).click()
      await stands(page, 'pay')

      await page.getByRole('tab', { name: 'Try it' }).click()
      await page.getByRole('textbox', { name: /^Input/ }).fill('{"order": 7}')
      await page.getByRole('button', { name: 'Run it' }).click()
      await page.getByText('Succeeded', { exact: true }).first().waitFor()
      expect(target.received.at(-1)?.path).toBe('/orders/7')

      await page.getByRole('tab', { name: 'Edit' }).click()
      await page.getByLabel('Description', { exact: true }).fill('takes the money')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByText('takes the money').first().waitFor()
      expect(await world().rota.handlers.get('pay')).toMatchObject({ version: 2, description: 'takes the money' })

      await page.getByRole('tab', { name: 'Versions' }).click()
      await page.getByText('+ "takes the money"').waitFor()
      await page.getByRole('button', { name: 'Restore version 1' }).click()
      await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
      await page.getByText('Version 1 is restored as version 3.').waitFor()
      expect(await world().rota.handlers.get('pay')).toMatchObject({ version: 3, description: null })

      await page.getByRole('button', { name: 'Disable', exact: true }).click()
      await dialog.getByRole('button', { name: 'Disable', exact: true }).click()
      await page.getByRole('button', { name: 'Enable', exact: true }).waitFor()
      const { status } = await world().call('POST', '/api/jobs', { body: { job: 'pay', input: { order: 8 } } })
      expect(status).toBe(409)

      await page.getByRole('button', { name: 'More actions' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
      await stands(page, 'Handlers')
      await page.getByLabel('Filter the handlers').fill('pay')
      await page.getByText('No handler fits the filter').waitFor()
      expect(await world().rota.handlers.get('pay')).toBeNull()
    })

    test('the settings say whether all is well, and what runs here', async () => {
      const { page } = await browser.visit(`${world().url}/settings`)
      await stands(page, 'Settings')
      await page.getByText('Is all well?').waitFor()
      await page.locator('[data-check=migrations][data-ok=true]').waitFor()
      await page.locator('[data-check=workers][data-ok=true]').waitFor()
      const { version } = (await world().call('GET', '/api/system')).body
      await page.getByText(`Rota ${version}`).waitFor()
    })
  },
  { rota: { http: { allow: ['127.0.0.1'] } } },
)

describe.skipIf(!hasChromium)('the demo', () => {
  const demo = defineJob({ id: 'demo.done', metadata: { demo: true }, run: () => 'done' })
  const browser = useBrowser()

  test.each(['', 'settings'])('is removed with one button: /%s', async (path) => {
    let desk: DemoRemoval
    await using world = await startWorld({
      jobs: [...worldJobs, demo],
      demo: { present: () => desk.present(), remove: () => desk.remove() },
    })
    desk = new DemoRemoval(world.rota, [demo.id], async () => {})
    const { id } = await world.rota.enqueue(demo)
    await world.rota.result(id)
    const { page } = await browser.visit(`${world.url}/${path}`)
    await page.getByRole('button', { name: 'Remove demo data' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove demo data' }).click()
    await page.getByText('The demo is gone: 1 jobs and 0 schedules were deleted.').waitFor()
    await page.getByRole('button', { name: 'Remove demo data' }).waitFor({ state: 'detached' })
    expect(await world.rota.job(id)).toBeNull()
    await page.getByRole('link', { name: 'Overview', exact: true }).click()
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
  })
})

describe.skipIf(!hasChromium)('several clusters', () => {
  let world: TestServer
  const browser = useBrowser()
  beforeAll(async () => {
    const clusters = { default: 'sqlite::memory:', sales: { storage: 'sqlite::memory:', mode: 'passive' } }
    world = await startWorld({ rota: { storage: undefined, clusters } as never })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  test('are looked at one by one, and an address says which', async () => {
    const { id } = await world.rota.enqueue(greet, { name: 'Ada' })
    const { id: sold } = await world.rota.cluster('sales').enqueue(greet, { name: 'Grace' })
    const { page } = await browser.visit(`${world.url}/jobs`)
    await page.locator(`[data-row="${id}"]`).waitFor()
    await page.getByRole('button', { name: /^Cluster/ }).click()
    await page.getByRole('menuitem', { name: /^sales/ }).click()
    await page.locator(`[data-row="${sold}"]`).waitFor()
    expect(await page.locator('[data-row]').count()).toBe(1)
    const inMenu = (name: string) =>
      page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true })
    await inMenu('Lanes').click()
    await stands(page, 'Lanes')
    expect(new URL(page.url()).searchParams.get('cluster')).toBe('sales')
    await page.goto(`${world.url}/jobs/${sold}?cluster=sales`)
    await stands(page, 'greet')
    await page
      .getByRole('button', { name: /^Cancel/ })
      .first()
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click()
    await until(
      'it is cancelled there',
      async () => (await world.rota.cluster('sales').job(sold))?.state === 'cancelled',
    )
    await page.getByRole('button', { name: /^Cluster/ }).click()
    await page.getByRole('menuitem', { name: /^default/ }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('cluster')).toBeNull()
    await inMenu('Jobs').click()
    await page.locator(`[data-row="${id}"]`).waitFor()
    await page.goBack()
    await page.goBack()
    await stands(page, 'greet') // of the other cluster, as the address says
    await page.getByRole('button', { name: 'Cluster: sales' }).waitFor()
  })
})
