/** The client against the server itself. How it behaves when a connection fails: `src/client/client.test.ts`. */
import { rmSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, etagOf, jobOf, type RotaError } from '../../src/client/index.ts'
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const greet = defineJob({
  id: 'greet',
  input: type<{ name: string }>(),
  run: ({ name }, ctx) => {
    ctx.log.info(`hello ${name}`)
    return { greeted: name }
  },
})
const folder = temporaryFolder('client')
const options: ServerOptions = { trustLocal: true, secret: 'a secret of at least 32 characters' }

let rota: Rota
let server: Server
let url: string

beforeAll(async () => {
  const place = (name: string) => `sqlite:${join(folder, `${name}.db`)}`
  rota = createRota({ clusters: { main: place('main'), other: place('other') }, defaultCluster: 'main', jobs: [greet] })
  await rota.start()
  server = createServer(rota, options)
  url = (await server.listen({ port: 0 })).url
})

afterAll(async () => {
  await server.close()
  await rota.stop()
  rmSync(folder, { recursive: true, force: true })
})

const failure = (promise: Promise<unknown>): Promise<RotaError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  )

test('a job from its storing to its result', async () => {
  const client = createClient({ url })
  const { id, status } = await client.jobs.create({ job: 'greet', input: { name: 'Ada' } })
  expect(status).toBe('created')
  expect(await client.jobs.result({ id, timeout: '10s' })).toMatchObject({ over: true, output: { greeted: 'Ada' } })
  const job = await client.jobs.get({ id })
  expect(job).toMatchObject({ id, job: 'greet', state: 'succeeded', input: { name: 'Ada' }, error: null })
  expect(job.enqueuedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  const { jobs } = await client.jobs.list({ filter: 'state:succeeded job:greet', limit: 1 })
  expect(jobs).toEqual([job])
  expect((await client.jobs.logs({ id })).lines).toMatchObject([{ message: 'hello Ada' }])
})

test('a key makes one job of two calls; jobOf is the same with types', async () => {
  const client = createClient({ url })
  const context = { idempotencyKey: 'order-1' }
  const first = await client.jobs.create({ job: 'greet', input: { name: 'Ada' } }, { context })
  const send = jobOf<typeof greet>(client, 'greet')
  expect(await send({ name: 'Ada' }, { idempotencyKey: 'order-1' })).toEqual({ id: first.id, status: 'duplicate' })
  expect(await failure(send({ name: 'Bob' }, { idempotencyKey: 'order-1' }))).toMatchObject({
    code: 'idempotency_conflict',
    field: 'idempotencyKey',
  })
})

test('who was slower hears of it', async () => {
  const client = createClient({ url })
  const { id } = await client.jobs.create({ job: 'greet', input: { name: 'Ada' }, in: '1h' })
  const context = { ifMatch: etagOf(await client.jobs.get({ id })) as string }
  expect(context.ifMatch).toMatch(/^"[\w-]+"$/)
  const changed = await client.jobs.update({ id, priority: 'high' }, { context })
  expect(etagOf(changed)).not.toBe(context.ifMatch)
  expect(await failure(client.jobs.update({ id, lane: 'mail' }, { context }))).toMatchObject({
    code: 'changed_meanwhile',
  })
  const again = etagOf(changed) as string
  expect(await client.jobs.update({ id, lane: 'mail' }, { context: { ifMatch: again } })).toMatchObject({
    lane: 'mail',
    priority: 'high',
  })
})

test('clusters: of the client, of the call', async () => {
  const { id } = await createClient({ url, cluster: 'other' }).jobs.create({
    job: 'greet',
    input: { name: 'Ada' },
    in: '1h',
  })
  const client = createClient({ url })
  expect(await failure(client.jobs.get({ id }))).toMatchObject({ code: 'job_not_found' })
  const context = { cluster: 'other' }
  expect(await client.jobs.get({ id }, { context })).toMatchObject({ id })
  expect(await client.jobs.list({ filter: 'state:scheduled' }, { context })).toMatchObject({ jobs: [{ id }] })
  expect(await client.jobs.cancel({ id }, { context })).toEqual({ id, status: 'cancelled' })
  expect(await failure(client.jobs.list({}, { context: { cluster: 'none' } }))).toMatchObject({
    code: 'cluster_unknown',
  })
})

test('what does not fit: the field, and each thing that is wrong', async () => {
  const client = createClient({ url })
  const error = await failure(client.jobs.create({ job: 'greet', inn: '5m' } as never))
  expect(error).toMatchObject({ code: 'request_invalid', field: 'inn' })
  expect(error.cause).toMatchObject({ status: 400, issues: [{ field: 'inn' }] })
  expect(await failure(client.schedules.put({ id: 's', job: 'greet', when: { cron: '0 9 * * mun' } }))).toMatchObject({
    code: 'schedule_invalid',
  })
})

test('the server below a path of another application', async () => {
  const mounted = createServer(rota, { ...options, basePath: '/rota' })
  const http = createHttp((request, response) => void mounted.node(request, response))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  try {
    const { port } = http.address() as { port: number }
    const client = createClient({ url: `http://127.0.0.1:${port}/rota/` })
    expect((await client.clusters.list()).clusters).toHaveLength(2)
    const { id } = await client.jobs.create({ job: 'greet', input: { name: 'Ada' }, in: '1h' })
    expect(await client.jobs.delete({ id })).toEqual({ id, status: 'deleted' })
  } finally {
    await mounted.close()
    http.closeAllConnections()
    await new Promise((done) => http.close(done))
  }
})

test('events go on when the server was away', async () => {
  const first = createServer(rota, options)
  const { url: address, port } = await first.listen({ port: 0 })
  const client = createClient({ url: address })
  const stream = await client.events.stream({})
  const changed = async () => {
    for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => stream.next() }) }) {
      if (event.type === 'changed' && event.topics.includes('jobs')) return event
    }
    return expect.unreachable('the stream has ended')
  }
  const store = () => rota.enqueue(greet, { name: 'Ada' }, { in: '1h' })
  const [seen] = await Promise.all([changed(), store()])
  expect(seen).toMatchObject({ type: 'changed' })
  await first.close({ grace: 100 })
  const second = createServer(rota, options)
  await second.listen({ port })
  const next = stream.next()
  expect(await next).toMatchObject({ done: false })
  await stream.return?.()
  await second.close({ grace: 100 })
})
