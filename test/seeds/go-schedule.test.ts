/** The samples of the Go scheduler. */
import { expect, test } from 'vitest'
import { createRota, defineJob, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

onEveryStorage('Go schedule', ({ url, shared }) => {
  const cleanupHandler = defineJob({ id: 'cleanupHandler', run: () => {} })
  const statsHandler = defineJob({ id: 'statsHandler', run: () => {} })
  const checkHandler = defineJob({ id: 'checkHandler', run: () => {} })

  test('daily_cleanup, health_check and order_statistics are configured by chained calls', async () => {
    await using rota = createRota({ storage: url(), jobs: [cleanupHandler, statsHandler, checkHandler] })
    rota.schedule('daily_cleanup', cleanupHandler).dailyAt('23:30:00').onOneServer().withoutOverlapping()
    rota.schedule('health_check', checkHandler).everySeconds(30).randomDelay(10, 30)
    const statistics = rota.schedule('order_statistics', statsHandler).dailyAt('00:05:00')
    statistics.onOneServer().withoutOverlapping().randomDelay(30, 60)
    await rota.start()
    expect(await rota.schedules.get('daily_cleanup')).toMatchObject({
      prose: 'every day at 23:30',
      runOn: 'one',
      overlap: 'skip',
    })
    expect(await rota.schedules.get('health_check')).toMatchObject({
      prose: 'every 30 seconds',
      jitter: { min: 10_000, max: 30_000 },
    })
    const next = (await rota.schedules.get('order_statistics'))?.nextAt
    expect(next?.toISOString()).toMatch(/T00:05:00.000Z$/)
    expect(() => statistics.randomDelay(60, 30)).toThrow('"min" (60000 ms) is more than "max" (30000 ms)')
  })

  test('at once, at several times of the day, every so many seconds, minutes and hours', async () => {
    const ran: string[] = []
    const tell = (name: string) => () => void ran.push(name)
    await using rota = createRota({ storage: url() })
    rota.schedule('immediate', tell('immediate')).immediate()
    rota.schedule('daily', tell('daily')).dailyAt('09:00:00', '18:00:00')
    rota.schedule('seconds', tell('seconds')).everySeconds(1)
    rota.schedule('minutes', tell('minutes')).everyMinutes(15)
    rota.schedule('hours', tell('hours')).everyHours(2)
    await rota.start()
    await until('they ran', () => ran.filter((name) => name === 'seconds').length >= 2)
    expect(ran.filter((name) => name === 'immediate')).toHaveLength(1) // once, not every second
    expect(new Set(ran)).toEqual(new Set(['immediate', 'seconds']))
    const { schedules } = await rota.schedules.list()
    expect(schedules.map(({ id, prose }) => [id, prose])).toEqual([
      ['daily', 'every day at 09:00 and 18:00'],
      ['hours', 'every 2 hours'],
      ['immediate', 'once at each start'],
      ['minutes', 'every 15 minutes'],
      ['seconds', 'every second'],
    ])
  })

  if (shared)
    test('on one server a slot runs once, on every server once on each', async () => {
      const ran: string[] = []
      const rotas = ['a', 'b', 'c'].map((server) => {
        const one = defineJob({ id: 'one', run: (_, ctx) => void ran.push(`one ${ctx.schedule?.slot?.getTime()}`) })
        const every = defineJob({
          id: 'every',
          run: (_, ctx) => void ran.push(`${server} ${ctx.schedule?.slot?.getTime()}`),
        })
        const rota = createRota({ storage: url(), jobs: [one, every] })
        rota.schedule('on-one', one).everySeconds(1).onOneServer()
        rota.schedule('on-every', every).cron('* * * * * *').onEveryServer()
        return rota
      })
      for (const rota of rotas) await rota.start()
      ran.length = 0
      const slotsOf = (server: string) =>
        ran.filter((line) => line.startsWith(server)).map((line) => line.split(' ')[1])
      await until('there are some', () => ['one', 'a', 'b', 'c'].every((server) => slotsOf(server).length >= 3))
      for (const rota of rotas) await rota.stop()
      for (const server of ['one', 'a', 'b', 'c']) expect(new Set(slotsOf(server)).size).toBe(slotsOf(server).length)
      expect(slotsOf('a').filter((slot) => slotsOf('b').includes(slot)).length).toBeGreaterThanOrEqual(2)
    })

  test('Exec, Error and Done of a handler are one promise with a signal', async () => {
    const cleanup = defineJob({
      id: 'daily_cleanup',
      input: type<'done' | 'error' | 'stopped'>(),
      retries: 0,
      timeout: '100ms',
      async run(how, { signal }) {
        if (how === 'error') throw new Error('disk is full')
        if (how === 'stopped')
          await new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
        return how
      },
    })
    await using rota = createRota({ storage: url(), jobs: [cleanup] })
    await rota.start()
    const [done, error, stopped] = await rota.enqueueMany(cleanup, ['done', 'error', 'stopped'] as const)
    expect(await rota.result(done?.id as string)).toBe('done')
    await expect(rota.result(error?.id as string)).rejects.toThrow('disk is full')
    await expect(rota.result(stopped?.id as string)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(stopped?.id as string)).toMatchObject({ state: 'failed', reason: 'timed_out' })
  })

  test('a handler that fails leaves nothing locked behind', async () => {
    const check = defineJob({
      id: 'health_check',
      input: type<boolean>(),
      retries: 0,
      run: (broken) => {
        if (broken) throw new Error('broken')
        return 'healthy'
      },
    })
    await using rota = createRota({ storage: url(), jobs: [check], lanes: { default: 1 } })
    await rota.start()
    await expect(rota.result((await rota.enqueue(check, true)).id)).rejects.toThrow('broken')
    expect(await rota.result((await rota.enqueue(check, false)).id)).toBe('healthy')
  })
})
