/** The operations on the data of a demo: what they answer where there is none, and that they take nothing that is not the demo's. */
import { afterEach, expect, test } from 'vitest'
import { DemoRemoval } from '../../src/cli/demo/removal.ts'
import { checkWebsiteId } from '../../src/cli/demo/shop/options.ts'
import { defineJob } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { startServer, type TestServer } from '../support/server.ts'

const metadata = { demo: true }
const done = defineJob({ id: 'demo.done', metadata, run: () => 'done' })
const broken = defineJob({ id: 'demo.broken', metadata, retries: 0, run: () => Promise.reject(new Error('broken')) })
const endless = defineJob({
  id: 'demo.endless',
  metadata,
  run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
})
/** A definition of the user's, whose jobs look as if they were the demo's. */
const own = defineJob({ id: 'own', metadata, run: () => 'own' })
const ids = [done.id, broken.id, endless.id, checkWebsiteId]

const servers: TestServer[] = []
afterEach(async () => {
  for (const one of servers.splice(0)) await one[Symbol.asyncDispose]()
})

interface WithDemo extends TestServer {
  /** What stopped, in order. */
  readonly stopped: string[]
}

async function withDemo(): Promise<WithDemo> {
  const stopped: string[] = []
  let desk: DemoRemoval | null = null
  const there = () => desk as DemoRemoval
  const demo = { present: () => there().present(), remove: () => there().remove() }
  const server = await startServer({ jobs: [done, broken, endless, own], demo })
  servers.push(server)
  desk = new DemoRemoval(server.rota, ids, async () => void stopped.push('producers'))
  return { ...server, stopped }
}

test('without a demo there is none, and nothing to remove', async () => {
  const server = await startServer()
  servers.push(server)
  const { key } = await server.key('admin')
  expect((await server.call('GET', '/api/demo', { as: key })).body).toEqual({ present: false })
  const { status, body } = await server.call('DELETE', '/api/demo', { as: key })
  expect([status, body.code]).toEqual([404, 'demo_not_found'])
})

test('it removes what belongs to the demo, in whatever state, and nothing else', async () => {
  const { rota, call, key, storage, stopped } = await withDemo()
  const { key: admin } = await key('admin')
  expect((await call('GET', '/api/demo', { as: admin })).body).toEqual({ present: false })

  await rota.start()
  const flow = await rota.flow('demo', (f) => {
    const first = f.job(done)
    return { first, second: f.job(done, undefined, { after: first }) }
  })
  const running = await rota.enqueue(endless)
  const blocked = await rota.enqueue(done, undefined, { after: running })
  const failed = await rota.enqueue(broken)
  const later = await rota.enqueue(done, undefined, { in: '1d' })
  const unserved = await rota.enqueue(done, undefined, { lane: 'nobody' })
  await rota.schedules.put({ id: 'demo', job: done, when: { every: '1h' }, owner: 'somebody' })
  await rota.handlers.put({ id: checkWebsiteId, owner: 'rota dev', http: { url: 'https://example.com' } })
  await rota.schedules.put({ id: checkWebsiteId, job: checkWebsiteId, when: { every: '1h' } })

  // The user's: like the demo's in one respect each, but not the demo's.
  const ofOwn = await rota.enqueue(own)
  const waiting = await rota.enqueue(own, undefined, { in: '1d' })
  const unmarked = await rota.enqueue(done, undefined, { metadata: { demo: null }, lane: 'nobody' })
  await rota.schedules.put({ id: 'own', job: own, when: { every: '1h' }, owner: 'rota dev' })
  await rota.handlers.put({ id: 'own-http', owner: 'rota dev', http: { url: 'https://example.com' } })

  await rota.result(flow.jobs.second)
  await rota.result(ofOwn.id)
  await until('it runs', async () => (await rota.job(running.id))?.state === 'running')
  await until('it has failed', async () => (await rota.job(failed.id))?.state === 'failed')
  expect((await call('GET', '/api/demo', { as: admin })).body).toEqual({ present: true })

  const { status, body } = await call('DELETE', '/api/demo', { as: admin })
  expect([status, body]).toEqual([200, { status: 'removed', schedules: 2, jobs: 7, definitions: 1 }])
  expect(stopped).toEqual(['producers'])
  const gone = [flow.jobs.first, flow.jobs.second, running.id, blocked.id, failed.id, later.id, unserved.id]
  expect(await rota.jobs.getMany(gone)).toEqual([])
  const left = await rota.jobs.getMany([ofOwn.id, waiting.id, unmarked.id])
  expect(left.map(({ state }) => state).sort()).toEqual(['ready', 'scheduled', 'succeeded'])
  expect((await rota.schedules.list()).schedules.map(({ id }) => id)).toEqual(['own'])
  expect((await rota.handlers.list()).map(({ id }) => id)).toEqual(['http', 'own', 'own-http'])
  expect(await storage.manifests([done.id, own.id])).toMatchObject([{ manifest: 'null' }, { job: own.id }])

  expect((await call('GET', '/api/demo', { as: admin })).body).toEqual({ present: false })
  expect((await call('DELETE', '/api/demo', { as: admin })).body).toMatchObject({ code: 'demo_not_found' })
  const { entries } = (await call('GET', '/api/audit?action=demo.remove', { as: admin })).body
  expect(entries).toMatchObject([{ outcome: 'done', target: 'demo', after: { schedules: 2, jobs: 7, definitions: 1 } }])
})

test('a definition that somebody else has put under the id of the demo stays', async () => {
  const { rota, call, key } = await withDemo()
  const { key: admin } = await key('admin')
  await rota.handlers.put({ id: checkWebsiteId, owner: 'ops', http: { url: 'https://example.com' } })
  await rota.enqueue(done, undefined, { in: '1d' })
  const { body } = await call('DELETE', '/api/demo', { as: admin })
  expect(body).toEqual({ status: 'removed', schedules: 0, jobs: 1, definitions: 0 })
  expect(await rota.handlers.get(checkWebsiteId)).toMatchObject({ owner: 'ops' })
})

test('two who ask at the same time get the same answer', async () => {
  const { rota, call, key, stopped } = await withDemo()
  const { key: admin } = await key('admin')
  await rota.start()
  const running = await rota.enqueue(endless)
  await until('it runs', async () => (await rota.job(running.id))?.state === 'running')
  const both = await Promise.all([
    call('DELETE', '/api/demo', { as: admin }),
    call('DELETE', '/api/demo', { as: admin }),
  ])
  const removed = { status: 'removed', schedules: 0, jobs: 1, definitions: 0 }
  expect(both.map(({ body }) => body)).toEqual([removed, removed])
  expect(stopped).toEqual(['producers'])
})
