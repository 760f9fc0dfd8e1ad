/** Schedules in the portal: the list, the calendar, the form, pauses and backfills. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { settled, stands, useBrowser, violations } from './browser.ts'
import { greet, onBothDatabases } from './world.ts'

const inDialog = (page: Page, name: string) =>
  page
    .getByRole('dialog')
    .filter({ has: page.getByRole('heading') })
    .getByRole('button', { name, exact: true })

onBothDatabases('schedules in the portal', (world) => {
  const browser = useBrowser()
  beforeAll(async () => {
    await world().rota.schedules.put({
      id: 'reports',
      job: greet,
      input: { name: 'Ada' },
      when: { cron: '30 2 * * *' },
      timezone: 'Europe/Rome',
      exclude: [{ weekdays: ['sat', 'sun'] }, { outside: ['01:00', '05:00'] }],
      misfire: { all: { max: 7 } },
      jitter: { min: '10s', max: '90s' },
      startsAt: '2026-01-01T00:00:00Z',
      maxRuns: 10_000,
      priority: 'high',
      timeout: '90s',
      metadata: { team: 'a' },
      retention: { succeeded: '1d' },
      owner: 'ada',
    })
  })

  test('what the form does not touch stays as it was', async () => {
    const before = await world().rota.schedules.get('reports')
    const { page } = await browser.visit(`${world().url}/schedules/reports?tab=edit`)
    await page.getByLabel('Description').fill('for the bookkeepers')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('for the bookkeepers', { exact: true }).waitFor()
    const after = await world().rota.schedules.get('reports')
    const { updatedAt: _, options, ...rest } = { ...after, description: null }
    const { updatedAt: __, options: old, ...was } = before as NonNullable<typeof before>
    expect(rest).toEqual(was)
    expect(options).toEqual({ ...old, timeout: '90s' })
  })

  test('a new one says what it means while it is typed, and where it is wrong', async () => {
    const { page } = await browser.visit(`${world().url}/schedules/+new?job=greet`)
    await settled(page)
    const sentence = page.getByRole('textbox', { name: 'In English', exact: true })
    await sentence.fill('every mondey at 9am')
    await page.getByText('"mondey" at character 7 is not understood').waitFor()
    await sentence.fill('every monday at 9am')
    await page.getByText('every Monday at 09:00').waitFor()
    await page.getByText('Cron', { exact: true }).click()
    await page.getByLabel('Cron expression').fill('30 2 28 3 *')
    await page.getByLabel('Time zone', { exact: true }).fill('Europe/Rome')
    await page.getByText('The clock is put forward on this day').first().waitFor()
    await page.getByLabel('Id', { exact: true }).fill('reports')
    await page.getByRole('textbox', { name: /^name/ }).fill('Grace')
    await page.getByRole('button', { name: 'Create the schedule' }).click()
    await page.getByRole('heading', { name: 'reports exists already' }).waitFor()
    await inDialog(page, 'Back to the form').click()
    await page.getByRole('link', { name: 'Jobs', exact: true }).click()
    await inDialog(page, 'Stay here').click()
    await page.getByLabel('Id', { exact: true }).fill('greetings')
    await page.getByRole('button', { name: 'Create the schedule' }).click()
    await stands(page, 'greetings')
    expect(await world().rota.schedules.get('greetings')).toMatchObject({
      when: { cron: '30 2 28 3 *' },
      timezone: 'Europe/Rome',
      input: { name: 'Grace' },
      origin: 'api',
    })
  })

  test('what somebody else changed meanwhile is not overwritten unseen', async () => {
    await world().rota.schedules.put({ id: 'shared', job: greet, input: { name: 'a' }, when: { every: '1h' } })
    const { page } = await browser.visit(`${world().url}/schedules/shared?tab=edit`)
    await page.getByLabel('Owner').fill('me')
    await world().rota.schedules.put({ id: 'shared', job: greet, input: { name: 'b' }, when: { every: '2h' } })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'shared was changed meanwhile' }).waitFor()
    await inDialog(page, 'Back to the form').click()
    expect(await world().rota.schedules.get('shared')).toMatchObject({ input: { name: 'b' }, owner: null })
    await page.getByRole('button', { name: 'Discard' }).click()
  })

  test('pauses with a reason and for a time, and goes on', async () => {
    const { page } = await browser.visit(`${world().url}/schedules?q=reports`)
    await page.getByRole('button', { name: 'Pause reports' }).click()
    await page.getByLabel('Why').fill('the bank is closed')
    await page.getByLabel('For how long').selectOption('4h')
    await inDialog(page, 'Pause').click()
    await page.getByText('the bank is closed', { exact: true }).waitFor()
    const { resumesAt, reason } = (await world().rota.schedules.get('reports')) ?? {}
    expect(reason).toBe('the bank is closed')
    expect((resumesAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(3.9 * 3_600_000)
    await page.getByRole('button', { name: 'Resume reports' }).click()
    await page.getByRole('button', { name: 'Pause reports' }).waitFor()
  })

  test('shows the slots of a backfill before it runs any, and what became of them', async () => {
    const { page } = await browser.visit(`${world().url}/schedules/reports?tab=backfill`)
    await page.getByLabel('From', { exact: true }).fill('2026-11-16T00:00')
    await page.getByLabel('To', { exact: true }).fill('2026-11-19T00:00')
    await page.getByRole('button', { name: 'Show the slots' }).click()
    await page.getByText('3 slots in this range.').waitFor()
    expect((await world().rota.schedules.history('reports')).events).toEqual([])
    await page.getByRole('button', { name: 'Run 3 slots' }).click()
    await inDialog(page, 'Run 3 slots').click()
    await page.getByRole('heading', { name: 'What was done' }).waitFor()
    await page.getByRole('tab', { name: 'Overview' }).click()
    await page.getByText('2026-11-18 01:30:00').waitFor()
    await page.getByRole('link', { name: 'Schedules', exact: true }).first().click()
    await page.getByRole('img', { name: '3 succeeded' }).waitFor()
  })

  test('is usable by everybody: table, calendar, schedule, form', async () => {
    const phone = { viewport: { width: 390, height: 844 } }
    const visits = [
      ['', { colorScheme: 'dark' }],
      ['?view=calendar', phone],
      ['/reports', phone],
      ['/reports?tab=definition', { colorScheme: 'dark' }],
      ['/+new?job=greet', phone],
    ] as const
    for (const [path, options] of visits) {
      const { page } = await browser.visit(`${world().url}/schedules${path}`, options)
      await settled(page)
      expect({ path, found: await violations(page) }).toEqual({ path, found: [] })
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect(wide).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
      await page.context().close()
    }
  })
})
