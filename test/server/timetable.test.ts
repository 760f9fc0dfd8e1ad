/** What all schedules together have before them, and what they have missed, by REST. */
import { expect, test } from 'vitest'
import type { SkipReason } from '../../src/schedule/firing.ts'
import { aSchedule } from '../support/schedule.ts'
import { type Json, startServer } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const minute = 60_000
const hour = 60 * minute

onEveryStorage('the timetable', ({ url }) => {
  const begin = async () => {
    const server = await startServer({ storage: url() })
    const { key: as } = await server.key('viewer')
    const get = (path: string) => server.call('GET', `/api/timetable${path}`, { as })
    return { server, get, storage: server.storage }
  }

  test('upcoming: the active ones that are due next, and how many are late', async () => {
    const { server, get, storage } = await begin()
    await using _ = server
    expect((await get('/upcoming')).body).toMatchObject({ schedules: [], overdue: 0 })
    const now = Date.now()
    await storage.saveSchedules([
      aSchedule('later', now + 2 * hour),
      aSchedule('soon', now + hour),
      aSchedule('paused', now + minute, { state: 'paused' }),
      aSchedule('by-hand', null),
      aSchedule('late', now - 5 * minute),
      aSchedule('just-due', now - 1_000),
      aSchedule('very-late', now - hour),
    ])
    const { body } = await get('/upcoming?limit=4')
    expect(body.schedules.map(({ id }: { id: string }) => id)).toEqual(['very-late', 'late', 'just-due', 'soon'])
    expect(body.schedules[3]).toMatchObject({
      job: 'note',
      prose: 'every hour',
      nextAt: new Date(now + hour).toISOString(),
    })
    expect(body.overdue).toBe(2)
    expect(Math.abs(Date.parse(body.now) - now)).toBeLessThan(minute)
    // More are late than are asked for.
    expect((await get('/upcoming?limit=1')).body).toMatchObject({ schedules: [{ id: 'very-late' }], overdue: 2 })
    expect((await get('/upcoming?limit=101')).status).toBe(400)
  })

  test('density: how many runs are due in each hour, by the clock of a zone', async () => {
    const { server, get, storage } = await begin()
    await using _ = server
    const at = (text: string) => Date.parse(`${text}Z`)
    const rule = (when: object, more: object = {}) => ({ rule: JSON.stringify({ when, ...more }) })
    const first = at('2031-03-29T00:00')
    await storage.saveSchedules([
      aSchedule('every-20', at('2031-03-29T10:20'), { ...rule({ every: 1_200_000 }), start: first }),
      aSchedule('at-9', at('2031-03-29T08:00'), rule({ cron: '0 9 * * *' }, { timezone: 'Europe/Rome' })),
      aSchedule('over', at('2031-03-29T10:00'), rule({ cron: '30 * * * *' }, { endsAt: at('2031-03-29T12:30') })),
      aSchedule('thrice', at('2031-03-30T20:00'), rule({ cron: '0,1 * * * *' }, { maxRuns: 5 })),
      aSchedule('paused', at('2031-03-29T08:00'), { state: 'paused' }),
    ])
    const utc = (await get('/density?from=2031-03-29T15:00:00Z&days=2')).body
    expect(utc).toMatchObject({ from: '2031-03-29T00:00:00.000Z', capped: [], more: false })
    expect(utc.hours.slice(0, 24)).toEqual([...Array(8).fill(0), 1, 0, 3, 4, ...Array(12).fill(3)])
    // In Rome the clock is put forward at 02:00, so 09:00 is 07:00 in UTC from then on.
    expect(utc.hours.slice(24)).toEqual([...Array(7).fill(3), 4, ...Array(12).fill(3), 5, 5, 4, 3])
    const rome = (await get('/density?from=2031-03-29T15:00:00Z&days=2&timezone=Europe/Rome')).body
    expect(rome.from).toBe('2031-03-28T23:00:00.000Z')
    expect(rome.hours.slice(0, 24)).toEqual([...Array(9).fill(0), 1, 0, 3, 4, ...Array(11).fill(3)])
    expect(rome.hours.slice(24)).toEqual([3, 3, 0, ...Array(6).fill(3), 4, ...Array(12).fill(3), 5, 5])
    expect((await get('/density')).body.hours).toHaveLength(7 * 24)
    expect((await get('/density?timezone=Mars/Olympus')).body).toMatchObject({ status: 422, field: 'timezone' })
    expect((await get('/density?days=32')).status).toBe(400)
    expect((await get('/density?from=0000-01-01T00:00:00Z&timezone=Asia/Tokyo')).status).toBe(200)
  })

  test('recent: what became of the newest slots of several schedules, oldest first', async () => {
    const { server, get, storage } = await begin()
    await using _ = server
    const now = Date.now()
    const rule = JSON.stringify({ when: { every: hour }, input: '{"text":"x"}' })
    const skips = Array.from({ length: 40 }, (_, i) => {
      const slot = now - (i + 1) * minute
      return { slot, from: slot, count: 1, reason: 'overlap' as const, message: null }
    })
    await storage.saveSchedules([aSchedule('a', now + hour, { skips }), aSchedule('b', now + hour, { rule })])
    const names = Array.from({ length: 49 }, (_, i) => `none-${i}`)
    await server.rota.start()
    const { id } = (await server.rota.schedules.trigger('b')) as { id: string }
    await server.rota.result(id as never)
    const { body } = await get('/recent?ids=a,b,unknown,a')
    expect(body.recent.map((one: Json) => [one.id, one.events.length])).toEqual([
      ['a', 30],
      ['b', 1],
      ['unknown', 0],
    ])
    expect(body.recent[0].events.at(-1)).toEqual({
      ...{ kind: 'skip', slot: new Date(now - minute).toISOString(), count: 1, reason: 'overlap' },
    })
    expect(body.recent[1].events).toEqual([
      { kind: 'run', slot: expect.any(String), job: id, state: 'succeeded', took: expect.any(Number) },
    ])
    expect((await get(`/recent?ids=a,${names}`)).body.recent).toHaveLength(50)
    expect((await get(`/recent?ids=a,b,${names}`)).status).toBe(400)
    expect((await get('/recent')).status).toBe(400)
    expect((await get('/recent?ids=a,,b')).status).toBe(400)
  })

  test('missed: slots that nobody left out on purpose, newest first', async () => {
    const { server, get, storage } = await begin()
    await using _ = server
    const now = Date.now()
    const skip = (slot: number, reason: SkipReason, message: string | null = null) => ({
      ...{ slot, from: slot - hour, count: 2, reason, message },
    })
    const reasons = ['missed', 'overlap', 'replaced', 'paused', 'no_worker', 'duplicate', 'refused'] as const
    await storage.saveSchedules([
      aSchedule('busy', null, { skips: reasons.map((reason, i) => skip(now - i * minute, reason)) }),
      aSchedule('closed', null, { skips: [skip(now, 'refused', 'on holiday')] }),
    ])
    const { body } = await get('/missed')
    expect(body.more).toBe(false)
    expect(body.missed.map(({ schedule, reason }: Json) => [schedule, reason])).toEqual([
      ['closed', 'refused'],
      ['busy', 'missed'],
      ['busy', 'no_worker'],
      ['busy', 'refused'],
    ])
    expect(body.missed[0]).toEqual({
      ...{ schedule: 'closed', slot: new Date(now).toISOString(), from: new Date(now - hour).toISOString(), count: 2 },
      ...{ reason: 'refused', message: 'on holiday', at: expect.stringMatching(/Z$/) },
    })
    expect((await get('/missed?limit=3')).body).toMatchObject({ missed: body.missed.slice(0, 3), more: true })
    const later = new Date(Date.now() + hour).toISOString()
    expect((await get(`/missed?since=${later}`)).body).toEqual({ missed: [], more: false })
    expect((await get('/missed?since=yesterday-or-so')).status).toBe(400)
  })
})
