/** The five main tasks without a mouse: find a failed job and retry it, cancel a running one, pause a lane, make a schedule, try a handler. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { stands, useBrowser } from './browser.ts'
import { bill, onBothDatabases, watch } from './world.ts'

/** Goes on with Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp, most = 80): Promise<void> {
  const passed: string[] = []
  for (let n = 0; n < most; n++) {
    await page.keyboard.press('Tab')
    const own = await page.evaluate<string>(`(() => {
      const at = document.activeElement
      const label = at?.getAttribute('aria-label') ?? (at?.id ? document.querySelector('label[for="' + at.id + '"]')?.textContent : null)
      return (label ?? at?.textContent ?? '').trim()
    })()`)
    if (name.test(own)) return
    passed.push(own.slice(0, 40))
  }
  throw new Error(`Tab does not lead to ${name}: ${passed.join(' | ')}`)
}

onBothDatabases('by the keyboard alone', (world) => {
  const browser = useBrowser()

  test('a failed job is found and retried', async () => {
    const { rota } = world()
    const { id } = await rota.enqueue(bill, { customer: 'Initech' })
    await until('it has failed', async () => (await rota.job(id))?.state === 'failed')
    const { page } = await browser.visit(world().url)
    await stands(page, 'Overview')
    await page.keyboard.press('g')
    await page.keyboard.press('j')
    await stands(page, 'Jobs')
    await page.keyboard.press('/')
    await page.keyboard.type('state:failed job:bill ')
    await page.keyboard.press('Enter')
    await page.locator(`[data-row="${id}"]`).waitFor()
    await tabTo(page, /^bill$/)
    await page.keyboard.press('Enter')
    await stands(page, 'bill')
    const before = (await rota.job(id))?.startedAt?.getTime()
    await tabTo(page, /^Retry$/)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    if (await dialog.isVisible({ timeout: 1_000 }).catch(() => false)) {
      await tabTo(page, /^Retry$/, 6)
      await page.keyboard.press('Enter')
    }
    await until('it was started again', async () => {
      const now = await rota.job(id)
      return now?.state === 'failed' && now.startedAt?.getTime() !== before
    })
  })

  test('a running job is cancelled', async () => {
    const { rota } = world()
    const { id } = await rota.enqueue(watch, { what: 'the kettle' })
    await until('it runs', async () => (await rota.job(id))?.state === 'running')
    const { page } = await browser.visit(world().url)
    await stands(page, 'Overview')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    await page.keyboard.type(id)
    await page.keyboard.press('Enter')
    await stands(page, 'watch')
    await tabTo(page, /^Cancel/)
    await page.keyboard.press('Enter')
    await page.locator('[role=dialog] input:focus').waitFor()
    await page.keyboard.type('the tea is made')
    await tabTo(page, /^Cancel job$/, 6)
    await page.keyboard.press('Enter')
    await until('it is over', async () => (await rota.job(id))?.state === 'cancelled')
    expect((await rota.job(id))?.reason).toBe('the tea is made')
  })

  test('a lane is paused, with a reason', async () => {
    const { page } = await browser.visit(`${world().url}/lanes`)
    await stands(page, 'Lanes')
    await page.getByText('default').first().waitFor()
    await tabTo(page, /^Pause/)
    await page.keyboard.press('Enter')
    await page.locator('[role=dialog] input:focus').waitFor()
    await page.keyboard.type('the printer burns')
    await page.keyboard.press('Tab')
    await tabTo(page, /^Pause/, 6)
    await page.keyboard.press('Enter')
    const paused = async () =>
      (await world().rota.lanes.list()).find(({ paused: is }) => is?.reason === 'the printer burns')
    await until('it is paused', async () => (await paused()) !== undefined)
    await world().rota.lanes.resume((await paused())?.name ?? '')
  })

  test('a schedule is made', async () => {
    const { page } = await browser.visit(`${world().url}/schedules`)
    await stands(page, 'Schedules')
    await tabTo(page, /^New schedule$/)
    await page.keyboard.press('Enter')
    await stands(page, 'New schedule')
    await tabTo(page, /^Id\b/)
    await page.keyboard.type('tea-time')
    await tabTo(page, /^(Handler|Job)\b/)
    await page.keyboard.type('watch')
    await tabTo(page, /^Create the schedule$/, 120)
    await page.keyboard.press('Enter')
    await until('it is stored', async () => (await world().rota.schedules.get('tea-time')) !== null)
    expect((await world().rota.schedules.get('tea-time'))?.job).toBe('watch')
  })

  test('a handler is tried', async () => {
    const { page } = await browser.visit(`${world().url}/handlers/greet`)
    await stands(page, 'greet')
    await tabTo(page, /^Overview$/)
    await page.keyboard.press('Tab')
    await page.goto(`${world().url}/handlers/greet?tab=try`)
    await tabTo(page, /^name/i)
    await page.keyboard.type('Ada')
    await tabTo(page, /^(Run|Run it|Try it|Start|Enqueue)/)
    await page.keyboard.press('Enter')
    await page.getByText('hello Ada').first().waitFor()
  })
})
