/** Every screen stands, fits, and has no fault against WCAG 2.2 AA, light, dark and on a phone. */
import { beforeAll, expect, test } from 'vitest'
import type { JobId } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { settled, useBrowser, violations } from './browser.ts'
import { bill, greet, onBothDatabases, watch } from './world.ts'

const looks = {
  light: {},
  dark: { colorScheme: 'dark' },
  'on a phone': { viewport: { width: 390, height: 844 }, hasTouch: true },
} as const

onBothDatabases('every screen', (world) => {
  const browser = useBrowser()
  const addresses: string[] = []

  beforeAll(async () => {
    const { rota } = world()
    const { id: done } = await rota.enqueue(greet, { name: 'Ada' }, { metadata: { team: 'mail' } })
    const { id: failed } = await rota.enqueue(bill, { customer: 'Initech' })
    const { id: running } = await rota.enqueue(watch, { what: 'the kettle' })
    const { id: later } = await rota.enqueue(greet, { name: 'Grace' }, { in: '1h' })
    const { id: flow } = await rota.flow('order', (f) => {
      const first = f.job(greet, { name: 'first' })
      return { last: f.job(greet, { name: 'last' }, { after: f.job(bill, { customer: 'x' }, { after: first }) }) }
    })
    await rota.schedules.put({ id: 'often', job: 'greet', input: { name: 'again' }, when: { every: '1s' } })
    await rota.schedules.put({
      id: 'mornings',
      job: 'greet',
      input: { name: 'sun' },
      when: '0 9 * * 1-5',
      timezone: 'Europe/Berlin',
    })
    await rota.schedules.put({ id: 'paused', job: 'greet', input: { name: 'no' }, when: 'every monday at 8am' })
    await rota.schedules.pause('paused', { reason: 'holidays' })
    await rota.handlers.put({
      id: 'hook',
      http: { url: 'https://example.com/{{input.path}}', secretHeaders: { 'x-key': 's' } },
    })
    await rota.lanes.pause('mail', { reason: 'the server moves' })
    await world().call('POST', '/api/keys', { body: { name: 'deploy', role: 'operator' } })
    for (const [id, state] of [
      [done, 'succeeded'],
      [failed, 'failed'],
      [running, 'running'],
    ] as const)
      await until(`${id} is ${state}`, async () => (await rota.job(id as JobId))?.state === state)
    await until('the schedule has run', async () => (await rota.schedules.get('often'))?.runs !== 0)
    addresses.push(
      ...['', '?range=24h'].map((query) => `/${query}`),
      ...['', '?filter=state:failed', '?filter=lane:nothing', '?filter=what:is'].map((query) => `/jobs${query}`),
      ...[done, failed, running, later].map((id) => `/jobs/${id}`),
      ...['logs', 'links', 'audit'].map((tab) => `/jobs/${done}?tab=${tab}`),
      '/jobs/0193b3a4-0000-7000-8000-000000000000',
      '/failures',
      ...['', '?view=calendar'].map((query) => `/schedules${query}`),
      '/schedules/often',
      ...['', '?tab=edit', '?tab=backfill', '?tab=definition'].map((tab) => `/schedules/mornings${tab}`),
      '/schedules/+new',
      '/schedules/none',
      '/flows',
      ...['', '?view=list'].map((query) => `/flows/${flow}${query}`),
      '/lanes',
      '/workers',
      '/handlers',
      ...['', '?tab=try'].map((tab) => `/handlers/greet${tab}`),
      ...['', '?tab=try', '?tab=edit', '?tab=versions'].map((tab) => `/handlers/hook${tab}`),
      '/handlers/+new',
      '/audit',
      ...['', '?tab=keys', '?tab=roles'].map((tab) => `/access${tab}`),
      '/settings',
      '/sign-in',
    )
  })

  test.each(Object.entries(looks))(
    '%s',
    async (_, options) => {
      const { page } = await browser.visit(`${world().url}/healthz`, options)
      const found: string[] = []
      for (const address of addresses) {
        await page.goto(world().url + address)
        await settled(page)
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
        if (wide > 0) found.push(`${address}: ${wide} px too wide`)
        found.push(...(await violations(page)).map((one) => `${address}: ${one}`))
      }
      expect(found).toEqual([])
    },
    240_000,
  )
})
