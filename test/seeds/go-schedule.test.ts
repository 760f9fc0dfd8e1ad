/** What of the Go scheduler is not about schedules: the handler with its signals of error and completion. */
import { expect, test } from 'vitest'
import { createRota, defineJob, type } from '../../src/index.ts'
import { onEveryStorage } from '../support/storages.ts'

onEveryStorage('Go schedule', ({ url }) => {
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
