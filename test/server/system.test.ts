/** What runs here, how it is set, and whether it is as it should be. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { checksOf, type Facts, migrationCheck } from '../../src/server/checks.ts'
import { createServer } from '../../src/server/index.ts'
import { createPeople } from '../../src/server/people.ts'
import { temporaryFolder } from '../support/folder.ts'
import { aSchedule } from '../support/schedule.ts'
import { byTest, type Json, note, startServer, testSecret } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const failing = (checks: Json[]): Json[] => checks.filter(({ ok }) => !ok)

onEveryStorage('the system by REST', ({ url }) => {
  const begin = async () => {
    const rota = {
      retention: { succeeded: 'none', failed: '3d' },
      defaults: { retries: 7, timeout: '1m' },
      lease: '9s',
    }
    const server = await startServer({ storage: url(), rota: { ...rota } as object })
    const { key: as } = await server.key('viewer')
    return { server, look: async () => (await server.call('GET', '/api/system', { as })).body }
  }

  test('it tells what it is and how it is set, without a password', async () => {
    const { server, look } = await begin()
    await using _ = server
    const found = await look()
    const kind = url().startsWith('sqlite') ? 'sqlite' : 'postgres'
    expect(found).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      storage: { kind, description: server.storage.description },
      migrations: { pending: [] },
      retention: { succeeded: null, failed: 3 * 86_400_000, skips: 30 * 86_400_000 },
      defaults: { lane: 'default', retries: 7, timeout: 60_000, lease: 9_000, expiresIn: null },
    })
    expect(found.migrations.applied).toContain('001-jobs')
    expect(Math.abs(Date.parse(found.clock.server) - Date.now())).toBeLessThan(10_000)
    expect(
      Math.abs(Date.parse(found.clock.database) - Date.parse(found.clock.server) - found.clock.skewMs),
    ).toBeLessThan(2)
    const password = URL.canParse(url()) ? new URL(url()).password : ''
    if (password !== '') expect(JSON.stringify(found)).not.toContain(password)
  })

  test('it tells what is not as it should be, and what helps', async () => {
    const { server, look } = await begin()
    await using _ = server
    await server.rota.enqueue(note, { text: 'a' }, { lane: 'mail' })
    await server.rota.enqueue(note, { text: 'a' }, { lane: 'paused' })
    await server.rota.lanes.pause('paused')
    await server.storage.saveSchedules([aSchedule('late', Date.now() - 120_000), aSchedule('due', Date.now() - 1_000)])
    expect(failing((await look()).checks)).toEqual([
      { id: 'workers', ok: false, message: 'No worker is alive, so nothing runs.', fix: expect.any(String) },
      { id: 'lanes', ok: false, message: 'Jobs wait in 1 lane that no worker serves: mail.', fix: expect.any(String) },
      { id: 'schedules', ok: false, message: '1 schedule is more than a minute late: late.', fix: expect.any(String) },
    ])
    const lanes = [{ name: 'mail', concurrency: 1 }]
    const beat = { id: crypto.randomUUID(), name: 'w', lanes, jobs: ['note'], schedules: [], lease: 60_000 }
    await server.storage.heartbeat(beat)
    await server.storage.deleteSchedules(['late'])
    const { checks } = await look()
    expect(failing(checks)).toEqual([])
    expect(checks.map(({ id }: Json) => id)).toEqual(['migrations', 'clock', 'workers', 'lanes', 'schedules', 'secret'])
    await server.storage.drain(beat.id, true)
    expect(failing((await look()).checks).map(({ id }) => id)).toEqual(['workers', 'lanes'])
  })
})

test('a cluster whose migrations are missing says only that', async () => {
  const folder = temporaryFolder('system')
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const old = { storage: `sqlite:${join(folder, 'old.db')}`, mode: 'archived' as const }
  await using rota = createRota({ clusters: { default: 'sqlite::memory:', old } })
  await using server = createServer(rota, { secret: testSecret })
  const { key } = await createPeople(async () => (await rota.cluster('default').connection.open()).storage).addKey(
    { name: 'k', role: 'viewer' },
    byTest,
  )
  const look = async (query: string) => {
    const request = new Request(`http://localhost/api/system${query}`, { headers: { authorization: `Bearer ${key}` } })
    return (await (await server.fetch(request)).json()) as Json
  }
  expect((await look('')).migrations.pending).toEqual([])
  const found = await look('?cluster=old')
  expect(found.migrations.pending).toContain('001-jobs')
  expect([found.clock, found.storage.kind]).toEqual([null, 'sqlite'])
  expect(found.checks).toMatchObject([{ id: 'migrations', ok: false, fix: 'Run `rota migrate`.' }])
})

test('in development the secret is one of the moment', async () => {
  await using server = await startServer({ trustLocal: true, secret: undefined } as object)
  const { checks } = (await server.call('GET', '/api/system')).body
  expect(failing(checks).map(({ id }) => id)).toContain('secret')
})

test('clocks, and lists of names', () => {
  const fine: Facts = { ...{ skew: 20, uncertain: 5, workers: [], lanes: [], late: [] }, keepsSecret: true }
  const messageOf = (id: string, facts: Partial<Facts>) =>
    checksOf({ ...fine, ...facts }).find((one) => one.id === id)?.message
  expect(messageOf('clock', {})).toBe('The clocks of the server and the database differ by 20 ms.')
  expect(messageOf('clock', { skew: 1_100 })).toBe('The clock of the database is 1100 ms ahead of that of the server.')
  expect(messageOf('clock', { skew: -5_000 })).toBe('The clock of the database is 5000 ms behind that of the server.')
  // The answer took so long that they may well be alike.
  expect(messageOf('clock', { skew: -1_500, uncertain: 800 })).toMatch(/differ by 1500 ms/)
  const late = Array.from({ length: 7 }, (_, i) => ({ id: `s${i}` }))
  expect(messageOf('schedules', { late })).toBe(
    '7 schedules are more than a minute late: s0, s1, s2, s3, s4 and 2 more.',
  )
  expect(migrationCheck({ applied: [], pending: ['a', 'b'] }).message).toBe('2 migrations are missing: a, b.')
})
