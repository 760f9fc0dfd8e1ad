/** Waiting jobs get other values, by the library, from any process. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type JobChanges, type Rota, type RotaOptions } from '../../src/index.ts'
import { jobTag } from '../../src/job/tag.ts'
import { openStorage } from '../../src/storage/open.ts'
import { gate } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const greet = defineJob({
  id: 'greet',
  input: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        const { name } = (value ?? {}) as { name?: unknown }
        return typeof name === 'string' ? { value: { name } } : { issues: [{ message: 'a text', path: ['name'] }] }
      },
    },
  },
  run: (input) => `hello ${(input as { name: string }).name}`,
})
const unknownId = '00000000-0000-7000-8000-000000000000' as never

onEveryStorage('update', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }
  const elsewhere = (rota: Rota) => (shared ? rotaWith({ jobs: [greet] }) : rota)

  test('a waiting job runs with its new values, and what is not named stays', async () => {
    const rota = rotaWith({ jobs: [greet], lanes: { default: 1, mail: 1 } })
    await rota.start()
    const { id } = await rota.enqueue(greet, { name: 'Ada' }, { in: '1h', metadata: { team: 'a', n: 1 }, retries: 3 })
    const other = elsewhere(rota)
    const changes = { lane: 'mail', priority: 'high', retries: 5, timeout: '7s', metadata: { team: 'b' } } as const
    expect(await other.jobs.update(id, changes)).toEqual({ id, status: 'updated' })
    const at = new Date(Date.now() + 3_600_000)
    await other.jobs.update(id, { expiresAt: at })
    expect(await rota.job(id)).toMatchObject({
      ...{ state: 'scheduled', lane: 'mail', priority: 'high', maxAttempts: 6, timeout: 7_000, expiresAt: at },
      ...{ metadata: { team: 'b' }, input: { name: 'Ada' } },
    })
    expect((await rota.jobs.list({ filter: 'metadata.team:b' })).jobs.length).toBe(1)
    expect((await rota.jobs.list({ filter: 'metadata.team:a' })).jobs.length).toBe(0)
    await other.jobs.update(id, { input: { name: 'Grace' }, in: 0, expiresAt: null, metadata: {} })
    expect(await rota.result(id, { timeout: '10s' })).toBe('hello Grace')
    expect(await rota.job(id)).toMatchObject({ expiresAt: null, metadata: {}, lane: 'mail' })
  })

  test('only what waits is changed, and only what somebody has looked at where they say so', async () => {
    const [began, end] = [gate(), gate()]
    const slow = defineJob({
      id: 'slow',
      run: async () => {
        began.open()
        await end.opened
      },
    })
    const rota = rotaWith({ jobs: [slow, greet] })
    await rota.start()
    const { id } = await rota.enqueue(slow)
    await began.opened
    await expect(rota.jobs.update(id, { priority: 'low' })).rejects.toMatchObject({ code: 'job_state' })
    end.open()
    await rota.result(id)
    await expect(rota.jobs.update(id, { priority: 'low' })).rejects.toMatchObject({ code: 'job_state' })
    await expect(rota.jobs.update(unknownId, { priority: 'low' })).rejects.toMatchObject({ code: 'job_not_found' })
    await expect(rota.jobs.update(unknownId, { input: 1 })).rejects.toMatchObject({ code: 'job_not_found' })
    if (!shared) return
    const waiting = await rota.enqueue(greet, { name: 'Ada' }, { in: '1h' })
    const storage = await openStorage(url())
    const [record] = await storage.get([waiting.id])
    await storage.close()
    const ifMatch = jobTag(record as NonNullable<typeof record>)
    await rota.jobs.update(waiting.id, { priority: 'high' }, { ifMatch })
    await expect(rota.jobs.update(waiting.id, { priority: 'low' }, { ifMatch })).rejects.toMatchObject({
      code: 'changed_meanwhile',
    })
    expect((await rota.job(waiting.id))?.priority).toBe('high')
  })

  test('the job that comes next is told, of a lane or of all', async () => {
    const rota = rotaWith({ jobs: [greet] })
    expect(await rota.jobs.next()).toBe(null)
    const input = { name: 'Ada' }
    const [one, other] = [await rota.enqueue(greet, input), await rota.enqueue(greet, input, { lane: 'mail' })]
    await rota.jobs.update(other.id, { priority: 'high' })
    expect(await rota.jobs.next()).toMatchObject({ id: other.id, state: 'ready', priority: 'high' })
    expect(await rota.jobs.next({ lane: 'default' })).toMatchObject({ id: one.id })
    expect(await rota.jobs.next({ lane: 'none' })).toBe(null)
    await expect(rota.jobs.next({ lane: 'a b' })).rejects.toMatchObject({ code: 'option_invalid' })
  })

  test('what cannot be stored is refused, and nothing is changed', async () => {
    const rota = rotaWith({ jobs: [greet], payloadLimit: 100 })
    const { id } = await rota.enqueue(greet, { name: 'Ada' }, { in: '1h' })
    const before = await rota.job(id)
    const wrong: readonly [unknown, string, string][] = [
      [{}, 'option_invalid', 'jobs.update'],
      [{ in: 5, at: new Date() }, 'option_invalid', 'at'],
      [{ at: new Date(2e12), expiresAt: new Date(1e12) }, 'option_invalid', 'at'],
      [{ lane: 'no spaces' }, 'option_invalid', 'lane'],
      [{ priority: 'urgent' }, 'option_invalid', 'priority'],
      [{ retries: -1 }, 'option_invalid', 'retries'],
      [{ timeout: 0 }, 'option_invalid', 'timeout'],
      [{ expiresAt: 'tomorrow' }, 'instant_invalid', 'expiresAt'],
      [{ metadata: { a: {} } }, 'option_invalid', 'metadata.a'],
      [{ metadata: { a: 'x'.repeat(9_000) } }, 'payload_too_large', 'metadata'],
      [{ input: { name: 'x'.repeat(200) } }, 'payload_too_large', 'input'],
      [{ input: { name: 7 } }, 'input_invalid', 'input.name'],
      [{ input: { name: 7n } }, 'payload_not_json', 'input.name'],
      [{ attempts: 3 }, 'option_unknown', 'attempts'],
    ]
    for (const [changes, code, field] of wrong)
      await expect(rota.jobs.update(id, changes as JobChanges)).rejects.toMatchObject({ code, field })
    await expect(rota.jobs.update(id, { in: 5 }, { ifMatch: 7 as unknown as string })).rejects.toMatchObject({
      code: 'option_invalid',
    })
    expect(await rota.job(id)).toEqual(before)
  })
})
