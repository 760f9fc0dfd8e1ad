/** The samples of AspNetCore.JobQueue: a job and its handler, and a storage of one's own. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createRota, defineJob, type Storage, type } from '../../src/index.ts'
import { decide } from '../../src/job/states.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { modelStorage } from '../simulation/model-storage.ts'
import { aJob } from '../support/job.ts'
import { onEveryStorage } from '../support/storages.ts'

interface OrderJob {
  readonly orderId: string
  readonly orderName: string
}

/** The handler of the sample, with 20 ms instead of its two seconds. It minds its signal, as the sample does not. */
const orderJobTelling = (say: (line: string) => void) =>
  defineJob({
    id: 'OrderJob',
    input: type<OrderJob>(),
    async run(job, { signal }) {
      await delay(20, undefined, { signal })
      say(`exec job: ${job.orderId} ${job.orderName}`)
    },
  })

async function runsOrderJob(storage: string | Storage): Promise<void> {
  const lines: string[] = []
  const orderJob = orderJobTelling((line) => lines.push(line))
  await using rota = createRota({ storage, jobs: [orderJob] }) // AddJobQueues
  await rota.start() // UseJobQueues
  const { id } = await rota.enqueue(orderJob, { orderId: '42', orderName: 'book' })
  await rota.result(id)
  expect(lines).toEqual(['exec job: 42 book'])
}

/** The five methods of `JobRecordStorage`, each by the verb of the contract that does it. */
async function keepsJobRecords(storage: Storage, pass: (ms: number) => void): Promise<void> {
  const minute = 60_000
  const worker = '01900000-0000-7000-8000-000000000001'
  const beat = () =>
    storage.heartbeat({
      id: worker,
      name: 'w',
      lanes: [{ name: 'default', concurrency: 10 }],
      jobs: ['OrderJob'],
      schedules: [],
      lease: 3_600_000,
    })
  const getNextBatch = (limit: number) =>
    storage.claim({ worker, lanes: [{ name: 'default', limit }], jobs: ['OrderJob'], suspect: false })
  const states = async () => (await storage.get(records.map(({ id }) => id))).map(({ state }) => state).sort()
  await storage.migrate()
  await beat()

  // StoreJobAsync, with execute_after and expire_on
  const record = { ...aJob(null), job: 'OrderJob', input: '{"orderId":"42"}', maxAttempts: 2 }
  const [first, second, later, stale] = [
    record,
    { ...aJob(null), job: 'OrderJob' },
    { ...aJob(null), job: 'OrderJob', delay: 90 * minute },
    { ...aJob(null), job: 'OrderJob', delay: 5 * minute, expiresIn: 10 * minute },
  ]
  const records = [first, second, later, stale]
  await storage.insert(records)

  // GetNextBatchAsync: here nobody else gets the same jobs
  const batch = await getNextBatch(10)
  expect(batch.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort())
  expect(batch.find(({ id }) => id === first.id)?.input).toBe('{"orderId":"42"}')
  expect(await getNextBatch(10)).toEqual([])

  // MarkJobAsCompleteAsync, and OnHandlerExecutionFailureAsync: again in a minute
  const error = { name: 'Error', message: 'no luck' }
  const changes = batch.map((job) =>
    job.id === second.id
      ? decide(job, { kind: 'success', output: null }, () => 0)
      : decide(job, { kind: 'failure', error, reason: null, retryable: true }, () => minute),
  )
  expect(await storage.apply(worker, changes)).toMatchObject({ refused: [], cancelled: [] })
  expect(await states()).toEqual(['scheduled', 'scheduled', 'scheduled', 'succeeded'])
  pass(minute)
  await storage.promote(10)
  expect((await getNextBatch(10)).map(({ id, attempt }) => [id, attempt])).toEqual([[first.id, 2]])

  // PurgeStaleJobsAsync: what expired is told, and goes when it was kept long enough
  pass(11 * minute)
  await storage.promote(10)
  expect((await storage.get([stale.id]))[0]?.state).toBe('expired')
  pass(100 * 86_400_000)
  while (await storage.purge(100));
  expect((await storage.get([second.id, stale.id])).length).toBe(0)
  expect((await storage.get([later.id])).length).toBe(1) // it has not run yet
}

onEveryStorage('AspNetCore.JobQueue', ({ url }) => {
  test('OrderJob is executed by its handler, after two lines of installation', () => runsOrderJob(url()))

  test('a handler is told when it should end', async () => {
    const lines: string[] = []
    const orderJob = defineJob({
      id: 'OrderJob',
      timeout: '50ms',
      retries: 0,
      async run(_, { signal }) {
        await delay(60_000, undefined, { signal })
        lines.push('never')
      },
    })
    await using rota = createRota({ storage: url(), jobs: [orderJob] })
    await rota.start()
    const { id } = await rota.enqueue(orderJob)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(lines).toEqual([])
  })

  test('the methods of JobRecordStorage are verbs of the storage contract', async () => {
    let now = Date.UTC(2027, 0, 31, 9)
    const clock = () => now
    const [address, schema] = url().split('?schema=')
    const storage =
      schema === undefined
        ? sqlite({ file: url().slice('sqlite:'.length), clock })
        : postgres({ url: address as string, schema, clock })
    await keepsJobRecords(storage, (ms) => {
      now += ms
    })
    await storage.close()
  })
})

onEveryStorage('AspNetCore.JobQueue, its own schema', ({ url }) => {
  test('the tables stand in the schema or the file that it names', async () => {
    if (url().startsWith('sqlite:')) return runsOrderJob(url())
    await runsOrderJob(`${url().split('?')[0]}?schema=myjob`)
  })
})

describe('AspNetCore.JobQueue, a storage of one’s own', () => {
  test('OrderJob runs on it', () => runsOrderJob(modelStorage({ clock: Date.now })))

  test('it keeps job records', async () => {
    let now = Date.UTC(2027, 0, 31, 9)
    await keepsJobRecords(modelStorage({ clock: () => now }), (ms) => {
      now += ms
    })
  })
})
