/** What stands around every screen: the menu, what is live, the palette, times and languages. */
import type { Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestServer } from '../support/server.ts'
import { hasChromium, stands, useBrowser, violations } from './browser.ts'
import { greet, onBothDatabases, startWorld } from './world.ts'

const screens = [
  ['/', 'Overview'],
  ['/jobs', 'Jobs'],
  ['/failures', 'Failures'],
  ['/schedules', 'Schedules'],
  ['/flows', 'Flows'],
  ['/lanes', 'Lanes'],
  ['/workers', 'Workers'],
  ['/handlers', 'Handlers'],
  ['/audit', 'Audit'],
  ['/access', 'Access'],
  ['/settings', 'Settings'],
] as const

onBothDatabases('the portal', (world) => {
  const browser = useBrowser()

  test('leads from the menu to every screen', async () => {
    const { page } = await browser.visit(world().url)
    for (const [path, name] of screens) {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click()
      await stands(page, name)
      expect(new URL(page.url()).pathname).toBe(path)
      expect(await page.title()).toBe(`${name} · Rota`)
    }
  })

  test('shows what changes without being asked, and holds still when it is told to', async () => {
    const { page } = await browser.visit(`${world().url}/jobs`)
    await page.getByRole('button', { name: /^Live/ }).waitFor()
    const { id } = await world().rota.enqueue(greet, { name: 'Ada' })
    await page.locator(`[data-row="${id}"]`).waitFor()
    await page.getByRole('button', { name: /^Live/ }).click()
    await page.getByRole('button', { name: /^Paused/ }).waitFor()
    const { id: later } = await world().rota.enqueue(greet, { name: 'Grace' })
    await world().rota.result(later)
    await page.waitForTimeout(4_000) // two rounds of what would show it
    expect(await page.locator(`[data-row="${later}"]`).count()).toBe(0)
    await page.keyboard.press('p')
    await page.locator(`[data-row="${later}"]`).waitFor()
  })
})

describe.skipIf(!hasChromium)('the portal', () => {
  let world: TestServer
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const browser = useBrowser()

  test('has one stream for all tabs of a browser, which goes to another tab when its own is closed', async () => {
    const first = await browser.visit(`${world.url}/healthz`)
    const streams = new Set<Request>()
    first.context.on('request', (request) => {
      if (request.url().includes('/api/events')) streams.add(request)
    })
    first.context.on('requestfinished', (request) => streams.delete(request))
    first.context.on('requestfailed', (request) => streams.delete(request))
    // Nothing is told of the requests of a page that is closed.
    const open = () => [...streams].filter((request) => !request.frame().page().isClosed()).length
    const isOne = () => expect.poll(open, { timeout: 10_000 }).toBe(1)
    await first.page.goto(`${world.url}/jobs`)
    await isOne()
    const second = await browser.tab(first, `${world.url}/jobs`)
    await second.page.getByRole('button', { name: /^Live/ }).waitFor()
    const { id } = await world.rota.enqueue(greet, { name: 'Ada' })
    await Promise.all([first, second].map(({ page }) => page.locator(`[data-row="${id}"]`).waitFor()))
    await isOne()
    await first.page.close()
    const { id: next } = await world.rota.enqueue(greet, { name: 'Grace' })
    await second.page.locator(`[data-row="${next}"]`).waitFor()
    await isOne()
  })

  test('finds screens by name, and what has a pasted id', async () => {
    const { id } = await world.rota.enqueue(greet, { name: 'Ada' })
    const { page } = await browser.visit(world.url)
    await stands(page, 'Overview')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('lan')
    await page.getByRole('option', { name: /^Lanes/ }).waitFor()
    await page.keyboard.press('Enter')
    await stands(page, 'Lanes')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(` ${id} `)
    await page.getByRole('option', { name: new RegExp(`Job ${id}`) }).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/jobs/${id}`)
    await stands(page, 'greet')
  })

  test('tells its shortcuts, and obeys them', async () => {
    const { page } = await browser.visit(world.url)
    await stands(page, 'Overview')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('w')
    await stands(page, 'Workers')
  })

  test('speaks Chinese, is dark, and shows times of another zone, also after it was loaded anew', async () => {
    const { page } = await browser.visit(`${world.url}/settings`)
    await stands(page, 'Settings')
    await page.getByRole('button', { name: 'Light or dark' }).click()
    await page.getByRole('menuitem', { name: 'Dark' }).click()
    await page.getByRole('button', { name: /^Time zone/ }).click()
    await page.getByRole('menuitem', { name: 'Other zone …' }).click()
    await page.getByLabel('Name of a zone').fill('Nowhere/Land')
    await page.getByRole('button', { name: 'Use this zone' }).click()
    await page.getByText('There is no zone of this name').waitFor()
    await page.getByLabel('Name of a zone').fill('Asia/Shanghai')
    await page.getByRole('button', { name: 'Use this zone' }).click()
    await page.getByRole('button', { name: /^Time zone.*Asia\/Shanghai/ }).waitFor()
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: '简体中文' }).click()
    await stands(page, '设置')
    await page.reload()
    await stands(page, '设置')
    expect(await page.locator('html').getAttribute('class')).toContain('dark')
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    expect(await violations(page)).toEqual([])
  })

  test('says when the server is gone, and goes on when it is back', async () => {
    const { page, context, problems } = await browser.visit(`${world.url}/jobs`)
    await page.getByRole('button', { name: /^Live/ }).waitFor()
    await context.setOffline(true)
    await page.getByRole('button', { name: /^Offline/ }).waitFor({ timeout: 30_000 })
    await context.setOffline(false)
    await page.getByRole('button', { name: /^Live/ }).waitFor({ timeout: 30_000 })
    problems.length = 0
  })

  test('begins as soon as the server is well again', async () => {
    const { page, problems } = await browser.visit(`${world.url}/healthz`)
    await page.route('**/api/auth/me', (route) => route.fulfill({ status: 500, body: '{}' }))
    await page.goto(`${world.url}/lanes`)
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await page.unroute('**/api/auth/me')
    await stands(page, 'Lanes')
    expect(problems.splice(0).filter((one) => !one.includes('one that is not ready: 500'))).toEqual([])
  })

  test('stays where it is when a file of a screen does not come, and gets it later', async () => {
    const { page, problems } = await browser.visit(`${world.url}/jobs`)
    await stands(page, 'Jobs')
    const files = '**/assets/screen-*.js'
    await page.route(files, (route) => route.abort())
    const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Lanes', exact: true })
    await link.click()
    await page.getByText('This part of the portal could not be loaded.').waitFor()
    await link.waitFor()
    await page.unroute(files)
    await page.getByRole('button', { name: 'Try again' }).click()
    await stands(page, 'Lanes')
    expect(problems.splice(0).filter((one) => !one.includes('A file of the portal did not come.'))).toEqual([])
  })

  test('says that there is no such page', async () => {
    const { page } = await browser.visit(`${world.url}/jbos`)
    await stands(page, 'There is no such page')
    expect(await violations(page)).toEqual([])
  })

  test('works on a phone, with the menu behind a button', async () => {
    const { page } = await browser.visit(world.url, { viewport: { width: 390, height: 844 } })
    await page.getByRole('button', { name: 'Open the menu' }).click()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs', exact: true }).click()
    await stands(page, 'Jobs')
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(wide).toBeLessThanOrEqual(0)
  })
})
