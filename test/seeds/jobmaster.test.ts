/** The samples of JobMaster that are about one-off jobs, their configuration and its overriding. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRota, defineJob, defineProfile, type Job, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

/** `HelloJobHandler` with all the attributes of the samples. */
const helloJobTelling = (say: (line: string) => void = () => {}) =>
  defineJob({
    id: 'HelloJob', // JobMasterDefinitionId
    input: type<{ name?: string; tries?: number } | undefined>(),
    timeout: '10s', // JobMasterTimeout(10)
    retries: 3, // JobMasterMaxNumberOfRetries(3)
    priority: 'low', // JobMasterPriority(Low)
    lane: 'PaymentsProcessing', // JobMasterWorkerLane
    metadata: { category: 'Payroll' }, // JobMasterMetadata
    async run(input) {
      say(`Hello ${input?.name ?? 'World'}`)
    },
  })

onEveryStorage('JobMaster', ({ url, shared }) => {
  test('HelloJob recurs by interval, by cron and by natural language, a renewal with its data', async () => {
    const helloJob = helloJobTelling()
    const renewal = defineJob({ id: 'Renewal', input: type<{ SubscriptionId: string }>(), run: (data) => data })
    await using rota = createRota({ storage: url(), jobs: [helloJob, renewal] })
    await rota.schedules.put({ id: 'hello', job: helloJob, when: { every: '5m' } }) // TimeSpan.FromMinutes(5)
    await rota.schedules.put({ id: 'hello-cron', job: helloJob, when: { cron: '*/5 * * * *' } })
    const when = { natural: 'every year' }
    const startsAt = '2031-03-04T00:00:00Z'
    await rota.schedules.put({ id: 'sub_123', job: renewal, input: { SubscriptionId: 'sub_123' }, when, startsAt })
    const [first, second] = await rota.schedules.next('hello', 2)
    expect(Number(second?.at) - Number(first?.at)).toBe(300_000)
    const years = await rota.schedules.next('sub_123', 3)
    expect(years.map(({ local }) => local)).toEqual([2031, 2032, 2033].map((year) => `${year}-03-04T00:00:00+00:00`))
    await rota.schedules.trigger('sub_123')
    await rota.start()
    const { jobs } = await rota.jobs.list({ filter: 'schedule:sub_123' })
    expect(await rota.result(jobs[0]?.id as string)).toEqual({ SubscriptionId: 'sub_123' })
    expect(await rota.schedules.delete('sub_123')).toMatchObject({ status: 'deleted' })
  })

  if (shared)
    test('a MaintenanceProfile stands in the code, and is inactive when that is gone', async () => {
      const [cleanup, sync] = ['CleanupHandler', 'SyncHandler'].map((id) => defineJob({ id, run: () => {} }))
      const maint = defineProfile('maint', (schedules) => {
        schedules.add(cleanup as Job, { every: '1d' })
        schedules.add(sync as Job, { every: '1h' }, { id: 'HourlySync' })
      })
      const storage = url()
      const old = createRota({ storage, profiles: [maint] })
      await old.start()
      expect((await old.schedules.list()).schedules.map(({ id, state }) => [id, state])).toEqual([
        ['default:maint:CleanupHandler', 'active'],
        ['default:maint:HourlySync', 'active'],
      ])
      await old.stop()
      await using fresh = createRota({ storage })
      await fresh.start()
      const states = async () => (await fresh.schedules.list()).schedules.map(({ state }) => state)
      await until('they are inactive', async () => (await states()).every((state) => state === 'inactive'))
    })

  test('what a schedule says goes before what its handler says', async () => {
    const helloJob = helloJobTelling()
    await using rota = createRota({ storage: url(), jobs: [helloJob] })
    const own = {
      priority: 'critical',
      lane: 'web',
      retries: 0,
      timeout: '1m',
      metadata: { source: 'schedule' },
    } as const
    await rota.schedules.put({ id: 'hello', job: helloJob, when: 'every hour', ...own })
    const { id } = await rota.schedules.trigger('hello')
    expect(await rota.job(id as string)).toMatchObject({
      priority: 'critical',
      lane: 'web',
      maxAttempts: 1,
      timeout: 60_000,
      metadata: { category: 'Payroll', source: 'schedule' },
    })
  })

  test('schedules of seconds are on time', async () => {
    const late: number[] = []
    await using rota = createRota({ storage: url() })
    rota.schedule('secondly', (ctx) => void late.push(ctx.lateBy)).everySeconds(1)
    await rota.start()
    await until('it ran', () => late.length >= 4)
    expect(Math.max(...late)).toBeLessThan(1_000) // W12 of the benchmark has the numbers
  })

  test('HelloJob is scheduled now, at a time, and after a time', async () => {
    const lines: string[] = []
    const helloJob = helloJobTelling((line) => lines.push(line))
    await using rota = createRota({ storage: url(), jobs: [helloJob], lanes: { PaymentsProcessing: 1 } })
    await rota.start()
    const msg = { name: 'John Doe', tries: 1 }

    const runAt = new Date(Date.now() + 300_000)
    const at = await rota.enqueue(helloJob, msg, { at: runAt }) // OnceAtAsync
    const after = await rota.enqueue(helloJob, msg, { in: '5m' }) // OnceAfterAsync
    const now = await rota.enqueue(helloJob, msg) // OnceNowAsync
    await rota.result(now.id)
    await rota.result((await rota.enqueue(helloJob)).id)
    expect(lines).toEqual(['Hello John Doe', 'Hello World'])

    expect(await rota.job(at.id)).toMatchObject({ state: 'scheduled', dueAt: runAt })
    const waiting = await rota.job(after.id)
    expect(waiting?.state).toBe('scheduled')
    expect((waiting?.dueAt.getTime() as number) - (waiting?.enqueuedAt.getTime() as number)).toBe(300_000)
    const soon = await rota.enqueue(helloJob, { name: 'Ada' }, { in: '50ms' })
    await rota.result(soon.id)
    expect(lines.at(-1)).toBe('Hello Ada')
  })

  test('its attributes are those of the definition', async () => {
    const helloJob = helloJobTelling()
    await using rota = createRota({ storage: url(), jobs: [helloJob] })
    const { id } = await rota.enqueue(helloJob, {})
    expect(await rota.job(id)).toMatchObject({
      job: 'HelloJob',
      priority: 'low',
      lane: 'PaymentsProcessing',
      maxAttempts: 4,
      metadata: { category: 'Payroll' },
    })
  })

  test('what is said at run time overrides them, and metadata is added', async () => {
    const helloJob = helloJobTelling()
    await using rota = createRota({ storage: url(), jobs: [helloJob] })
    const own = { priority: 'high', lane: 'web', retries: 0, metadata: { source: 'WebAPI' } } as const
    const { id } = await rota.enqueue(helloJob, {}, own)
    expect(await rota.job(id)).toMatchObject({
      priority: 'high',
      lane: 'web',
      maxAttempts: 1,
      metadata: { category: 'Payroll', source: 'WebAPI' },
    })
  })

  test('what neither says is a default of the cluster', async () => {
    const plain = defineJob({ id: 'plain', run: () => {} })
    await using rota = createRota({ storage: url(), defaults: { retries: 7, lane: 'general' } })
    const { id } = await rota.enqueue(plain)
    expect(await rota.job(id)).toMatchObject({ maxAttempts: 8, lane: 'general', priority: 'medium' })
  })

  test('a timeout of the definition ends a try, one at run time goes before it', async () => {
    const patient = defineJob({
      id: 'patient',
      timeout: '10s',
      retries: 0,
      run: (_, { signal }) => delay(60_000, undefined, { signal }),
    })
    await using rota = createRota({ storage: url(), jobs: [patient] })
    await rota.start()
    const { id } = await rota.enqueue(patient, undefined, { timeout: '50ms' })
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(id)).toMatchObject({ state: 'failed', reason: 'timed_out' })
  })

  test('a job that fails is run again as often as it says', async () => {
    let runs = 0
    const failing = defineJob({
      id: 'failing',
      retries: 3,
      backoff: () => 1,
      run: () => {
        runs++
        throw new Error('no luck')
      },
    })
    await using rota = createRota({ storage: url(), jobs: [failing] })
    await rota.start()
    await expect(rota.result((await rota.enqueue(failing)).id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(runs).toBe(4)
  })

  test('a worker runs only the jobs of its lanes', async () => {
    const ran: string[] = []
    const note = defineJob({ id: 'note', run: (_, { lane }) => void ran.push(lane) })
    await using rota = createRota({ storage: url(), jobs: [note], lanes: { PaymentsProcessing: 2 } })
    const light = await rota.enqueue(note)
    await rota.start()
    await rota.result((await rota.enqueue(note, undefined, { lane: 'PaymentsProcessing' })).id)
    expect(ran).toEqual(['PaymentsProcessing'])
    expect(await rota.job(light.id)).toMatchObject({ state: 'ready', lane: 'default' })
  })

  test('message data is limited to 128 KiB; a reference goes', async () => {
    const render = defineJob({ id: 'render', input: type<{ file: string }>(), run: () => {} })
    await using rota = createRota({ storage: url() })
    await expect(rota.enqueue(render, { file: 'x'.repeat(128 * 1024) })).rejects.toMatchObject({
      code: 'payload_too_large',
    })
    expect((await rota.enqueue(render, { file: 's3://bucket/page-500.pdf' })).status).toBe('created')
  })

  test('HelloJob goes to the cluster that a call names', async () => {
    const lines: string[] = []
    const helloJob = helloJobTelling((line) => lines.push(line))
    const clusters = { default: url(), 'sales-microservice-cluster': 'sqlite::memory:' }
    await using rota = createRota({ clusters, jobs: [helloJob], lanes: { PaymentsProcessing: 1 } })
    const { id } = await rota.enqueue(helloJob, { name: 'Ada' }, { cluster: 'sales-microservice-cluster' })
    expect(await rota.job(id)).toBeNull()
    const sales = rota.cluster('sales-microservice-cluster')
    expect(await sales.job(id)).toMatchObject({ job: 'HelloJob', state: 'ready' })
    await rota.start()
    await sales.result(id)
    expect(lines).toEqual(['Hello Ada'])
    await expect(rota.enqueue(helloJob, {}, { cluster: 'sale' })).rejects.toMatchObject({ code: 'cluster_unknown' })
  })

  test('a repeated try is recognised by its key, and a repeated call by its own', async () => {
    const charged = new Set<string>()
    let tries = 0
    const charge = defineJob({
      id: 'charge',
      retries: 1,
      backoff: () => 1,
      run(_, { idempotencyKey }) {
        charged.add(idempotencyKey)
        if (++tries === 1) throw new Error('the answer was lost')
      },
    })
    await using rota = createRota({ storage: url(), jobs: [charge] })
    await rota.start()
    const first = await rota.enqueue(charge, undefined, { idempotencyKey: 'order 7' })
    const again = await rota.enqueue(charge, undefined, { idempotencyKey: 'order 7' })
    await rota.result(first.id)
    expect(again).toEqual({ id: first.id, status: 'duplicate' })
    expect([tries, charged.size]).toEqual([2, 1])
  })
})
