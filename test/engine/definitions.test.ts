/** Workers tell of their jobs, and who has not their code can store some all the same. */
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRota, defineJob, type Job, type Rota, RotaError, type RotaOptions } from '../../src/index.ts'
import type { AnySchema } from '../../src/job/define.ts'
import { openStorage } from '../../src/storage/open.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const greet = defineJob({
  id: 'greet',
  input: z.object({ name: z.string() }),
  retries: 7,
  lane: 'mail',
  unique: { key: 'input.name' },
  metadata: { team: 'a' },
  run: ({ name }) => `hello ${name}`,
}) as unknown as Job
const keyed = defineJob({ id: 'keyed', unique: { key: () => 'one' }, run: () => 'done' }) as unknown as Job

onEveryStorage('definitions', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), lanes: { mail: 2 }, ...options })
    rotas.push(rota)
    return rota.cluster('default')
  }

  test.runIf(shared)('a job is stored without its code as with it, and runs where the code is', async () => {
    const worker = rotaWith({ jobs: [greet, keyed], defaults: { timeout: '7m' } })
    await rotas[0]?.start()
    const other = rotaWith({ lanes: { other: 1 }, defaults: { timeout: '1m', expiresIn: '1h' } })
    const schemas: object[] = []
    const schemaOf = (json: object): AnySchema => {
      schemas.push(json)
      return z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0])
    }
    const known = await other.definition('greet', schemaOf)
    if (known === null) throw new Error('nobody told of it')
    expect(known).toMatchObject({ local: false, manifest: { job: 'greet', needsCode: null } })
    expect((await other.definition('greet', schemaOf))?.job).toBe(known.job)
    expect(schemas).toHaveLength(1)
    await expect(other.enqueue(known.job, { name: 3 })).rejects.toMatchObject({ code: 'input_invalid' })
    const { id } = await other.enqueue(known.job, { name: 'Ada' }, { in: '1h' })
    expect(await worker.enqueue(greet, { name: 'Ada' })).toEqual({ id, status: 'duplicate' })
    const [here, there] = [await other.job(id), await worker.enqueue(greet, { name: 'Bob' }, { in: '1h' })]
    const same = ({ lane, maxAttempts, timeout, expiresAt, metadata }: NonNullable<typeof here>) => ({
      lane,
      maxAttempts,
      timeout,
      expiresAt,
      metadata,
    })
    expect(here && same(here)).toEqual({
      lane: 'mail',
      maxAttempts: 8,
      timeout: 420_000,
      expiresAt: null,
      metadata: { team: 'a' },
    })
    expect(await other.job(there.id).then((job) => job && same(job))).toEqual(here && same(here))
    expect(await other.result((await other.enqueue(known.job, { name: 'Eve' })).id)).toBe('hello Eve')
    expect(await other.definition('nobody')).toBeNull()
  })

  test('of this process come first, and all have their place by id', async () => {
    const storage = await openStorage(url())
    await storage.migrate()
    await storage.publish([
      { job: 'elsewhere', manifest: '{"v":9}' },
      { job: 'greet', manifest: '{}' },
    ])
    const cluster = rotaWith({ storage, jobs: [keyed, greet] })
    await rotas[0]?.start()
    await storage.publish([
      { job: 'away', manifest: (await storage.manifests(['greet']))[0]?.manifest.replace('"greet"', '"away"') ?? '' },
    ])
    const all = await cluster.handlers.list()
    expect(all.map(({ id, local }) => [id, local])).toEqual([
      ['away', false],
      ['greet', true],
      ['http', true],
      ['keyed', true],
    ])
    expect(await cluster.definition('keyed')).toMatchObject({
      job: keyed,
      local: true,
      manifest: { needsCode: 'unique' },
    })
    expect((await storage.manifests(null)).map(({ job }) => job)).toEqual(['away', 'elsewhere', 'greet', 'keyed'])
  })

  test('that cannot be published keep no worker from starting', async () => {
    const storage = await openStorage(url())
    const rota = createRota({
      storage: { ...storage, publish: () => Promise.reject(new RotaError('storage_unreachable', 'away')) },
      jobs: [keyed],
    })
    rotas.push(rota)
    const troubles: string[] = []
    rota.on('worker:trouble', ({ during }) => void troubles.push(during))
    await rota.start()
    expect(troubles).toEqual(['publishing its jobs'])
    const { id } = await rota.enqueue(keyed, undefined)
    await until('it has run', async () => (await rota.job(id))?.state === 'succeeded')
  })
})
