/**
 * Pictures of the portal on the demo: `npm run screenshots` writes those of the docs into docs/portal, `npm run screenshots -- <folder>` every
 * screen in light, dark and on a phone. Needs Chromium (`npm run setup:services`) and half a minute in which the demo gets something to show.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { createClient } from '../src/client/index.ts'
import { launchChromium } from '../test/support/chromium.ts'

type Look = 'light' | 'dark' | 'phone'
interface Picture {
  readonly name: string
  readonly path: string
  /** In the docs. */
  readonly docs?: readonly Look[]
}

const root = resolve(import.meta.dirname, '..')
const folder = process.argv[2] === undefined ? null : resolve(process.argv[2])
const out = folder ?? join(root, 'docs', 'portal')
const sizes = {
  light: { width: 1440, height: 900 },
  dark: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
} as const
/** Milliseconds. */
const patience = { start: 60_000, demo: 75_000, settle: 1_500 }

mkdirSync(out, { recursive: true })
const store = mkdtempSync(join(tmpdir(), 'rota-screenshots-'))
const args = [
  join(root, 'bin', 'rota.js'),
  'dev',
  join(root, 'src', 'job'),
  '--port',
  '0',
  '--storage',
  `sqlite:${join(store, 'rota.db')}`,
]
const server = spawn(process.execPath, args, { cwd: store, stdio: ['ignore', 'ignore', 'pipe'] })
try {
  const url = await addressOf()
  const pictures = await picturesOf(url)
  await using browser = await launchChromium()
  for (const look of ['light', 'dark', 'phone'] as const) {
    const page = await browser.newPage({
      viewport: sizes[look],
      colorScheme: look === 'dark' ? 'dark' : 'light',
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
    })
    for (const { name, path, docs = [] } of pictures)
      if (folder !== null || docs.includes(look)) await take(page, url + path, join(out, `${name}-${look}.png`))
  }
} finally {
  server.kill('SIGINT')
  await new Promise((done) => server.once('exit', done))
  rmSync(store, { recursive: true, force: true })
}

function addressOf(): Promise<string> {
  return new Promise((found, failed) => {
    let told = ''
    setTimeout(() => failed(new Error(`the demo did not start: ${told}`)), patience.start).unref()
    server.stderr.on('data', (part: Buffer) => {
      told += part.toString()
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(told)?.[0]
      if (url !== undefined) found(url)
    })
  })
}

/** What there is to be seen once the demo has run for a while. */
async function picturesOf(url: string): Promise<readonly Picture[]> {
  const rota = createClient({ url })
  await new Promise((done) => setTimeout(done, patience.demo))
  const newest = async (filter: string) => (await rota.jobs.list({ filter, limit: 1 })).jobs[0]?.id
  const { flows } = await rota.flows.list({ limit: 1 })
  return [
    { name: 'overview', path: '/', docs: ['light', 'dark', 'phone'] },
    { name: 'jobs', path: '/jobs', docs: ['light', 'phone'] },
    { name: 'job', path: `/jobs/${await newest('state:failed')}` }, // its stack names folders of this machine
    { name: 'job-logs', path: `/jobs/${await newest('job:shop.rebuild-search-index')}?tab=logs`, docs: ['light'] },
    { name: 'failures', path: '/failures', docs: ['light'] },
    { name: 'schedules', path: '/schedules', docs: ['light', 'dark'] },
    { name: 'calendar', path: '/schedules?view=calendar', docs: ['light'] },
    { name: 'schedule', path: '/schedules/shop.daily-report', docs: ['light'] },
    { name: 'schedule-edit', path: '/schedules/shop.daily-report?tab=edit', docs: ['light'] },
    { name: 'flows', path: '/flows' },
    { name: 'flow', path: `/flows/${flows[0]?.id}`, docs: ['light', 'dark'] },
    { name: 'lanes', path: '/lanes' },
    { name: 'workers', path: '/workers' },
    { name: 'handlers', path: '/handlers' },
    { name: 'handler', path: '/handlers/shop.check-website', docs: ['light'] },
    { name: 'handler-try', path: '/handlers/shop.send-invoice?tab=try' },
    { name: 'handler-new', path: '/handlers/+new' },
    { name: 'audit', path: '/audit' },
    { name: 'access', path: '/access' },
    { name: 'settings', path: '/settings' },
    { name: 'sign-in', path: '/sign-in' },
  ]
}

async function take(page: Page, address: string, file: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('load')
  await new Promise((done) => setTimeout(done, patience.settle)) // charts are drawn, times have come to rest
  await page.screenshot({ path: file })
  console.log(file)
}
