/** Who may come in, and what each sees: set-up, sign-in, roles, sessions that end, people and keys. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { testPassword } from '../support/server.ts'
import { settled, stands, useBrowser, type Visit, violations } from './browser.ts'
import { bill, onBothDatabases, watch } from './world.ts'

/** Everything that does something, beside what every screen has around it. */
const actions =
  /^(New job|New schedule|New HTTP job|Retry|Cancel|Run now|Pause|Resume|Drain|Delete|Edit|Save|Disable|Reschedule|Try it|Backfill|Select)\b/

async function actionsOn(page: Page): Promise<string[]> {
  const names = await page.evaluate<string[]>(
    `[...document.querySelectorAll('main :is(button, a, [role=tab], [role=menuitem], input[type=checkbox])')].map((one) => (one.getAttribute('aria-label') ?? one.textContent).trim())`,
  )
  return names.filter((name) => actions.test(name))
}

onBothDatabases(
  'access to the portal',
  (world) => {
    const browser = useBrowser()
    const people = { viewer: 'viewer@example.com', operator: 'operator@example.com', root: 'root@example.com' }
    const addresses: string[] = []

    beforeAll(async () => {
      const { rota } = world()
      const { id: failed } = await rota.enqueue(bill, { customer: 'Initech' })
      const { id: running } = await rota.enqueue(watch, { what: 'the kettle' })
      const { id: flow } = await rota.flow('order', (f) => ({ one: f.job(bill, { customer: 'x' }) }))
      await rota.schedules.put({ id: 'mornings', job: 'greet', input: { name: 'sun' }, when: '0 9 * * *' })
      await rota.handlers.put({ id: 'hook', http: { url: 'https://example.com/' } })
      await rota.lanes.pause('mail', { reason: 'the server moves' })
      await until('it has failed', async () => (await rota.job(failed))?.state === 'failed')
      await until('it runs', async () => (await rota.job(running))?.state === 'running')
      addresses.push(
        '/',
        '/jobs',
        `/jobs/${failed}`,
        `/jobs/${running}`,
        '/failures',
        '/schedules',
        ...['', '?tab=edit', '?tab=backfill', '?tab=definition'].map((tab) => `/schedules/mornings${tab}`),
        `/flows/${flow}`,
        '/lanes',
        '/workers',
        '/handlers',
        ...['', '?tab=try', '?tab=edit', '?tab=versions'].map((tab) => `/handlers/hook${tab}`),
        '/settings',
      )
    })

    /** Opens a page and signs in by its form. */
    async function signIn(email: string, path: string): Promise<Visit> {
      const visit = await browser.visit(world().url + path)
      await stands(visit.page, 'Sign in')
      await fillIn(visit.page, email, testPassword)
      return visit
    }

    async function fillIn(page: Page, email: string, password: string): Promise<void> {
      await page.getByLabel('E-mail address').fill(email)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }

    test('the first who comes sets it up, and is its administrator', async () => {
      const { page } = await browser.visit(`${world().url}/lanes`)
      await stands(page, 'Set up Rota')
      expect(await violations(page)).toEqual([])
      await page.getByLabel('E-mail address').fill(people.root)
      await page.getByLabel('Password').fill('short')
      await page.getByRole('button', { name: 'Create the administrator' }).click()
      expect(await page.evaluate<boolean>(`document.querySelector('[name=password]').validity.tooShort`)).toBe(true)
      await page.getByLabel('Password').fill(testPassword)
      await page.getByRole('button', { name: 'Create the administrator' }).click()
      await stands(page, 'Lanes') // where they wanted to go
      await page.getByRole('button', { name: 'Account' }).click()
      await page.getByText('Administrator', { exact: true }).waitFor()
      for (const role of ['viewer', 'operator'] as const) await world().person(role, people[role])
    })

    test('a wrong password is told, the right one leads to where one wanted to go', async () => {
      const { page } = await browser.visit(`${world().url}/jobs?filter=state:failed`)
      await stands(page, 'Sign in')
      await fillIn(page, people.viewer, 'correct horse batterie')
      await page.getByRole('alert').waitFor()
      expect(await page.getByLabel('E-mail address').inputValue()).toBe(people.viewer)
      expect(await page.getByLabel('Password').inputValue()).toBe('')
      await page.getByLabel('Password').fill(testPassword)
      await page.keyboard.press('Enter')
      await stands(page, 'Jobs')
      expect(new URL(page.url()).searchParams.get('filter')).toBe('state:failed')
      await page.goto(`${world().url}/sign-in?back=/lanes`) // who is in has nothing to do there
      await stands(page, 'Lanes')
    })

    test('a viewer sees everything and no action, and the server refuses all the same', async () => {
      const { page } = await signIn(people.viewer, '/')
      await stands(page, 'Overview')
      const found: string[] = []
      for (const address of addresses) {
        await page.goto(world().url + address)
        await settled(page)
        found.push(...(await actionsOn(page)).map((name) => `${address}: ${name}`))
      }
      expect(found).toEqual([])
      await page.goto(world().url + addresses.find((address) => address.startsWith('/jobs/')))
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem').first().waitFor()
      expect(await page.getByRole('menuitem').allTextContents()).toEqual([expect.stringMatching(/^Copy/)])
      for (const address of ['/schedules/+new', '/handlers/+new', '/access', '/audit']) {
        await page.goto(world().url + address)
        await stands(page, 'Your role does not allow this')
        expect(await actionsOn(page)).toEqual([])
      }
      const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
      expect(await links.allTextContents()).not.toContain('Access')
      const refused = await page.evaluate<number>(
        `fetch('/api/lanes/mail/resume', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(({ status }) => status)`,
      )
      expect(refused).toBe(403)
      expect((await world().rota.lanes.list()).find(({ name }) => name === 'mail')?.paused).not.toBeNull()
    })

    test('an operator steers, and does not let others in', async () => {
      const { page } = await signIn(people.operator, '/lanes')
      await stands(page, 'Lanes')
      await page.getByRole('button', { name: 'Resume: mail' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click()
      await until('it goes on', async () => !(await world().rota.lanes.list()).some(({ paused }) => paused !== null))
      const seen = new Set<string>()
      for (const address of addresses) {
        await page.goto(world().url + address)
        await settled(page)
        for (const name of await actionsOn(page)) seen.add(name.replace(/:.*/, ''))
      }
      // So the test of viewers looks for what is there.
      for (const name of ['New schedule', 'New HTTP job', 'Retry', 'Pause', 'Drain', 'Edit', 'Try it', 'Backfill'])
        expect([...seen]).toContain(name)
      await page.goto(`${world().url}/access`)
      await stands(page, 'Your role does not allow this')
      await world().rota.lanes.pause('mail', { reason: 'the server moves' })
    })

    test('a session that ends keeps what stands in a form', async () => {
      const { page, context } = await signIn(people.operator, '/schedules/+new?job=greet')
      await stands(page, 'New schedule')
      await page.getByLabel('Id', { exact: true }).fill('tea-time')
      await page.getByRole('textbox', { name: /^name/ }).fill('Ada')
      await context.clearCookies()
      await page.getByRole('button', { name: 'Create the schedule' }).click()
      const again = page.getByRole('dialog', { name: 'Your session is over' })
      await again.waitFor({ timeout: 1_500 }) // by the answer to what was pressed, not by a later read
      expect(await violations(page)).toEqual([])
      await again.getByLabel('Password').fill(testPassword)
      await again.getByRole('button', { name: 'Sign in' }).click()
      await again.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Create the schedule' }).click()
      await stands(page, 'tea-time')
      expect((await world().rota.schedules.get('tea-time'))?.input).toEqual({ name: 'Ada' })
    })

    test('who signs out is out in every tab', async () => {
      const first = await signIn(people.viewer, '/jobs')
      await stands(first.page, 'Jobs')
      const second = await browser.tab(first, `${world().url}/lanes`)
      await stands(second.page, 'Lanes')
      await first.page.getByRole('button', { name: 'Account' }).click()
      await first.page.getByRole('menuitem', { name: 'Sign out' }).click()
      await stands(first.page, 'Sign in')
      await stands(second.page, 'Sign in')
    })

    test('an administrator lets people in, changes what they may do, and shows them out', async () => {
      const { page } = await signIn(people.root, '/access')
      await stands(page, 'Access')
      await page.getByRole('button', { name: 'Add a person' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('E-mail address').fill('new@example.com')
      await dialog.getByLabel('Password').fill(testPassword)
      expect(await violations(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('button', { name: 'Change new@example.com' }).click()
      await dialog.getByLabel('Role').selectOption('operator')
      await dialog.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByText('new@example.com is changed.').waitFor()
      const { page: theirs } = await signIn('new@example.com', '/lanes')
      await theirs.getByRole('button', { name: /^Resume/ }).waitFor()
      await page.getByRole('button', { name: 'Remove new@example.com' }).click()
      await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
      await page.getByText('new@example.com cannot sign in any more.').waitFor()
      const { status } = await world().call('POST', '/api/auth/login', {
        body: { email: 'new@example.com', password: testPassword },
      })
      expect(status).toBe(401)
    })

    test('a key is shown once, works, and is revoked', async () => {
      const { page } = await signIn(people.root, '/access?tab=keys')
      await stands(page, 'Access')
      await page.getByRole('button', { name: 'Make a key' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name').fill('deploy')
      await dialog.getByRole('button', { name: 'Make a key' }).click()
      const key = (await dialog.locator('pre, code').first().textContent())?.trim() as string
      await dialog.getByRole('button', { name: 'I have stored it' }).click()
      await page.getByText('deploy', { exact: true }).waitFor()
      expect(await page.content()).not.toContain(key)
      expect((await world().call('GET', '/api/auth/me', { as: key })).body.role).toBe('operator')
      await page.getByRole('button', { name: 'Revoke deploy' }).click()
      await dialog.getByRole('button', { name: 'Revoke', exact: true }).click()
      await page.getByText('The key “deploy” is revoked.').waitFor()
      expect((await world().call('GET', '/api/auth/me', { as: key })).status).toBe(401)
    })

    test('the audit log tells who did it, and finds it again', async () => {
      const { page } = await signIn(people.root, '/audit')
      await stands(page, 'Audit')
      await page.getByLabel('Action: jobs.cancel or jobs.').fill('lanes.')
      await page.keyboard.press('Enter')
      await page.getByText('lanes.resume', { exact: true }).first().waitFor()
      await expect.poll(() => page.getByText(/^(users|keys|auth)\./).count()).toBe(0)
      await page.getByLabel('Outcome').selectOption('denied')
      await page.getByText(people.viewer).first().waitFor()
      await page.getByLabel('Who, by whole name').fill('nobody-of-this-name')
      await page.keyboard.press('Enter')
      await page.getByText('Nothing fits this filter').waitFor()
      await page.getByRole('button', { name: 'Clear the filter', exact: true }).click()
      await page.getByText('users.create', { exact: true }).first().waitFor()
    })
  },
  { trustLocal: false },
)
