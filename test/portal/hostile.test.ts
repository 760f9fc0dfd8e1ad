/** Strings that want to be more than text, in every field of every object, on every screen: nothing of them runs, and the policy has nothing to stop. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineJob, type Job } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import type { TestServer } from '../support/server.ts'
import { hasChromium, settled, useBrowser } from './browser.ts'
import { startWorld } from './world.ts'

const hostile = [
  '<img src=x onerror="pwned=1">',
  '"><script>pwned=1</script>',
  "'-pwned--'</textarea><svg/onload=pwned=1>",
  'javascript:pwned=1',
  `{{constructor.constructor("pwned=1")()}} \${pwned=1} $t(title) <%= pwned %>`,
  '\u202Egnp.exe\u202C \uFFFD',
  `${'W'.repeat(3_000)}<b onmouseover=pwned=1>`,
].join(' ')
const short = '<img src=x onerror=pwned=1>"\'javascript:pwned=1'
const tree = JSON.parse(
  `{"constructor":${JSON.stringify(hostile)},"<script>pwned=1</script>":[${JSON.stringify(hostile)}]}`,
)

const fails = defineJob({
  id: 'fails',
  retries: 0,
  async run(_input: unknown, ctx) {
    ctx.log.error(hostile, tree)
    await ctx.progress(50, short)
    throw Object.assign(new Error(hostile), { name: short, code: short, stack: `${hostile}\n at javascript:pwned=1` })
  },
})
const echoes = defineJob({ id: 'echoes', run: (input: unknown) => input })
const waits = defineJob({ id: 'waits', lane: 'nobody', run: () => {} })

let world: TestServer
const addresses: string[] = []

beforeAll(async () => {
  if (!hasChromium) return
  world = await startWorld({ jobs: [fails, echoes, waits] as Job[], rota: { http: { allow: ['127.0.0.1'] } } })
  const call = async (method: string, path: string, body?: object) => {
    const answer = await world.call(method, `/api${path}`, body === undefined ? {} : { body })
    expect([path, answer.status, answer.status > 299 && answer.text]).toEqual([path, answer.status, false])
    return answer.body
  }
  const metadata = { [short]: short, plain: hostile.slice(0, 400) }
  const failed = (await call('POST', '/jobs', { job: 'fails', input: tree, metadata })).id
  const echoed = (await call('POST', '/jobs', { job: 'echoes', input: tree, metadata })).id
  const waiting = (await call('POST', '/jobs', { job: 'waits', input: hostile, metadata })).id
  await call('POST', `/jobs/${waiting}/cancel`, { reason: short })
  const after = (await call('POST', '/jobs', { job: 'waits', after: [echoed] })).id
  const name = hostile.slice(0, 200)
  const { id: flow } = await call('POST', '/flows', {
    name,
    jobs: [
      { ref: 'a', job: 'echoes', input: hostile },
      { ref: 'b', job: 'fails', input: hostile, after: ['a'] },
    ],
  })
  await call('PUT', '/schedules/odd', {
    job: 'echoes',
    input: tree,
    when: 'every 5 seconds',
    description: hostile.slice(0, 500),
    owner: name,
  })
  await call('POST', '/schedules/odd/pause', { reason: short })
  await call('POST', '/lanes/nobody/pause', { reason: hostile.slice(0, 500) })
  await call('PUT', '/handlers/hook', {
    description: hostile.slice(0, 500),
    owner: name,
    http: {
      url: `http://127.0.0.1:9/${encodeURIComponent(short)}`,
      method: 'POST',
      headers: { 'x-odd': short },
      query: { [short]: short },
      body: hostile.replaceAll('{{', '{'),
      success: { bodyContains: [short] },
    },
    input: {
      type: 'object',
      title: short,
      description: hostile,
      properties: { [short]: { type: 'string', title: short, description: hostile, enum: [short, 'b'] } },
    },
  })
  await call('POST', '/users', { email: 'odd@example.com', name, password: 'correct horse battery', role: 'viewer' })
  await call('POST', '/keys', { name, role: 'viewer' })
  await world.call('POST', '/api/workers', {
    body: { name, lanes: { odd: 1 }, jobs: [{ id: 'odd', input: { title: hostile, description: hostile } }] },
    as: (await world.key('worker')).key,
  })
  await until('the job has failed', async () => (await call('GET', `/jobs/${failed}`)).state === 'failed')
  await until('the flow has failed', async () => (await call('GET', `/flows/${flow}`)).state === 'failed')
  for (const id of [failed, echoed, waiting, after])
    for (const tab of ['', '?tab=logs', '?tab=links', '?tab=audit']) addresses.push(`/jobs/${id}${tab}`)
  addresses.push(
    '/',
    '/jobs',
    '/failures',
    '/schedules',
    '/schedules?view=calendar',
    '/schedules/odd',
    '/flows',
    `/flows/${flow}`,
  )
  for (const tab of ['edit', 'backfill', 'definition']) addresses.push(`/schedules/odd?tab=${tab}`)
  for (const tab of ['', '?tab=try', '?tab=edit', '?tab=versions'])
    addresses.push(`/handlers/hook${tab}`, `/handlers/odd${tab}`)
  addresses.push(
    '/lanes',
    '/workers',
    '/handlers',
    '/audit',
    '/access',
    '/access?tab=keys',
    '/access?tab=roles',
    '/settings',
  )
  const odd = encodeURIComponent(short)
  addresses.push(
    `/jobs?filter=${odd}`,
    `/jobs/${odd}`,
    `/schedules/${odd}`,
    `/flows/${odd}`,
    `/handlers/${odd}`,
    `/audit?actor=${odd}`,
    `/sign-in?back=javascript:pwned=1&error=${odd}`,
    `/?cluster=${odd}`,
  )
})
afterAll(async () => {
  if (hasChromium) await world[Symbol.asyncDispose]()
})

describe.skipIf(!hasChromium)('hostile strings in every field', () => {
  const browser = useBrowser()

  test('run nowhere, break no policy, lead nowhere and widen no page', async () => {
    const visit = await browser.visit(`${world.url}/healthz`)
    const { page, context, problems } = visit
    await context.addInitScript(() => {
      const kept = globalThis as unknown as {
        broken: string[]
        addEventListener(type: string, listen: (e: never) => void): void
      }
      kept.broken = []
      kept.addEventListener('securitypolicyviolation', (event: { violatedDirective: string; blockedURI: string }) => {
        kept.broken.push(`${event.violatedDirective} ${event.blockedURI}`)
      })
    })
    const found: string[] = []
    for (const address of addresses) {
      await page.goto(world.url + address)
      await settled(page)
      // What is folded is looked into, too.
      for (const folded of await page.locator('main [aria-expanded=false], main summary').all())
        await folded.click({ timeout: 1_000 }).catch(() => {})
      const seen = await page.evaluate<{
        pwned: boolean
        broken: string[]
        links: string[]
        wide: number
        scripts: number
      }>(`({
        pwned: typeof pwned !== 'undefined' || {}.pwned !== undefined,
        broken,
        links: [...document.querySelectorAll('a[href], form[action], iframe, object, embed')].map((one) => one.href ?? one.tagName).filter((href) => !/^https?:/.test(href)),
        wide: document.documentElement.scrollWidth - innerWidth,
        scripts: document.querySelectorAll('main img, main script, main svg[onload]').length,
      })`)
      if (seen.pwned) found.push(`${address}: it ran`)
      if (seen.scripts > 0) found.push(`${address}: it became an element`)
      if (seen.wide > 0) found.push(`${address}: ${seen.wide} px too wide`)
      for (const one of [...seen.broken, ...seen.links]) found.push(`${address}: ${one}`)
    }
    expect(found).toEqual([])
    // Errors that the page itself did not expect.
    expect(problems).toEqual([])
    expect(addresses.length).toBeGreaterThan(45)
  }, 240_000)
})
