/** What `rota dev` shows to a first visitor beside the files, and that it goes for good when it is removed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkWebsite, openWebsite } from '../../src/cli/demo/shop/website.ts'
import { until } from '../support/condition.ts'
import { newFolder, type Running, start, writeConfig } from './command.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what the test expects
type Json = any

const patience = 45_000

interface Demo extends Running {
  call(method: string, path: string, body?: unknown): Promise<Json>
  end(): Promise<string>
}

async function dev(folder: string, ...args: string[]): Promise<Demo> {
  const running = start(['dev', ...args], { cwd: folder })
  const url = () => /listening on (\S+)\/ for/.exec(running.stderr())?.[1]
  await until('it listens', () => url() !== undefined)
  await until('it has begun', () => running.stderr().includes('still at work'), patience)
  return {
    ...running,
    async call(method, path, body) {
      const headers = { 'content-type': 'application/json' }
      const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
      return (await fetch(`${url()}/api/${path}`, init)).json()
    },
    async end() {
      running.process.kill('SIGINT')
      const { code, stdout } = await running.ended
      expect(code).toBe(130)
      return stdout
    },
  }
}

function newTree(): string {
  const folder = newFolder()
  mkdirSync(join(folder, 'files'))
  writeFileSync(join(folder, 'files', 'a'), 'a')
  return folder
}

test('a shop with schedules, a flow, failures, requests and a lane that nobody serves; removed, it stays away', async () => {
  const folder = newTree()
  const first = await dev(folder, 'files')
  const jobs = async (filter: string) =>
    (await first.call('GET', `jobs?limit=500&filter=${encodeURIComponent(filter)}`)).jobs

  const { schedules } = await first.call('GET', 'schedules?limit=50')
  const kinds = schedules.flatMap(({ when }: Json) => Object.keys(when))
  expect(new Set(kinds)).toEqual(new Set(['every', 'cron', 'natural']))
  const byId = new Map<string, Json>(schedules.map((one: Json) => [one.id, one]))
  expect(byId.get('shop.daily-report')).toMatchObject({ timezone: 'Europe/Berlin', when: { cron: '0 9 * * 1-5' } })
  expect(byId.get('shop.newsletter')).toMatchObject({ state: 'paused', reason: 'the new template is not ready' })

  const flow = async () => (await first.call('GET', 'flows')).flows[0]
  await until('an order is over', async () => (await flow())?.state === 'succeeded', patience)
  expect(await flow()).toMatchObject({ name: 'order', counts: { succeeded: 6 } })
  const failures = async () => (await first.call('GET', 'failures')).failures
  await until('some invoices fail for good', async () => (await failures()).length >= 3, patience)
  expect((await failures()).map(({ job, error }: Json) => [job, error.name, error.code]).sort()).toEqual([
    ['shop.send-invoice', 'MailRefused', 'EMAILBOX'],
    ['shop.send-invoice', 'RangeError', null],
    ['shop.send-invoice', 'RotaError', 'non_retryable'],
  ])
  const retried = async () =>
    (await jobs('job:shop.send-invoice state:succeeded')).filter((one: Json) => one.attempt > 1)
  await until('one has arrived at its second try', async () => (await retried()).length > 0, patience)
  await until(
    'a request was made',
    async () => (await jobs('job:shop.check-website state:succeeded')).length > 0,
    patience,
  )
  const [index] = await jobs('job:shop.rebuild-search-index state:running')
  expect(index.progress.percent).toBeGreaterThan(0)
  expect((await first.call('GET', `jobs/${index.id}/logs`)).lines.length).toBeGreaterThan(0)
  expect((await first.call('GET', 'lanes')).lanes.find(({ name }: Json) => name === 'reports')).toMatchObject({
    waiting: 2,
    workers: 0,
  })
  expect(await jobs('job:shop.send-newsletter state:scheduled')).toHaveLength(1)
  expect((await jobs('')).every(({ metadata }: Json) => metadata.demo === true)).toBe(true)

  await first.call('PUT', 'handlers/mine', { http: { method: 'GET', url: 'https://example.com' } })
  await first.call('PUT', 'schedules/mine', { job: 'mine', when: { every: '1d' } })
  const mine = await first.call('POST', 'jobs', { job: 'mine', in: '1d', metadata: { demo: true } })
  const left = async (one: Demo) => ({
    demo: (await one.call('GET', 'demo')).present,
    schedules: (await one.call('GET', 'schedules')).schedules.map(({ id }: Json) => id),
    jobs: (await one.call('GET', 'jobs')).jobs.map(({ id }: Json) => id),
    handlers: (await one.call('GET', 'handlers')).handlers.map(({ id }: Json) => id),
  })
  const removed = await first.call('DELETE', 'demo')
  expect(removed).toMatchObject({ status: 'removed', schedules: schedules.length, definitions: 1 })
  expect(removed.jobs).toBeGreaterThan(20)
  const nothing = { demo: false, schedules: ['mine'], jobs: [mine.id], handlers: ['http', 'mine'] }
  expect(await left(first)).toEqual(nothing)
  expect(first.stderr()).toContain('rota dev --demo')
  await first.end()

  const second = await dev(folder)
  expect(await left(second)).toEqual(nothing)
  expect(second.stderr()).toContain('the demo was removed from this store')
  expect((await second.call('GET', 'lanes')).lanes.map(({ name }: Json) => name)).toEqual(['default'])
  await second.end()

  const third = await dev(folder, 'files', '--demo')
  expect(third.stderr()).not.toContain('had been done before')
  expect((await left(third)).demo).toBe(true)
  expect((await third.call('GET', 'schedules/shop.newsletter')).state).toBe('paused')
  expect(await third.end()).toContain('1 file hashed, 1 B')
}, 180_000)

test('whoever lets the paused schedule go on does not find it paused again, and nothing waits twice', async () => {
  const folder = newTree()
  const first = await dev(folder, 'files')
  await first.call('POST', 'schedules/shop.newsletter/resume')
  await first.end()
  const second = await dev(folder, 'files')
  expect(await second.call('GET', 'schedules/shop.newsletter')).toMatchObject({ state: 'active', reason: null })
  expect((await second.call('GET', 'jobs?filter=lane:reports')).jobs).toHaveLength(2)
  await second.end()
}, 90_000)

test('beside a configuration file there is none, unless it is asked for; what has the same id stays the own one', async () => {
  const folder = newTree()
  writeConfig(
    folder,
    `export default defineConfig({ jobs: [defineJob({ id: 'shop.send-invoice', run: () => 'mine' })] })`,
  )
  const plain = await dev(folder)
  expect((await plain.call('GET', 'schedules')).schedules).toEqual([])
  const { id } = await plain.call('POST', 'jobs', { job: 'shop.send-invoice' })
  const state = async () => (await plain.call('GET', `jobs/${id}`)).state
  await until('it is over', async () => (await state()) === 'succeeded')
  expect((await plain.call('DELETE', 'demo')).code).toBe('demo_not_found')
  expect(await state()).toBe('succeeded')
  await plain.end()

  const asked = await dev(folder, '--demo')
  expect((await asked.call('GET', 'schedules')).schedules.map((one: Json) => one.id)).toEqual(['look-again'])
  expect(await asked.call('DELETE', 'demo')).toMatchObject({ status: 'removed', schedules: 1 })
  expect((await asked.call('GET', 'jobs')).jobs.map((one: Json) => one.id)).toEqual([id])
  await asked.end()
}, 90_000)

test('the website is busy every fourth time, and only its port is allowed', async () => {
  const website = await openWebsite()
  try {
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await fetch(`${website.url}/health`)).status)
    expect(statuses).toEqual([200, 200, 200, 503, 200])
    expect(website.allow).toBe(new URL(website.url).host)
    expect(checkWebsite(website)).toMatchObject({ id: 'shop.check-website', owner: 'rota dev' })
  } finally {
    website.close()
  }
})
