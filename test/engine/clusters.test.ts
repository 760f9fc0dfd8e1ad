/** One application with several clusters: where a call goes, what each mode allows, and that they start and stop together. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import {
  type Cluster,
  createRota,
  defineJob,
  type Middleware,
  type Rota,
  type RotaOptions,
  type,
} from '../../src/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
const folders: string[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const rotaWith = (options: RotaOptions) => {
  const rota = createRota(options)
  rotas.push(rota)
  return rota
}

const fileIn = (name: string): string => {
  const folder = temporaryFolder('clusters')
  folders.push(folder)
  return `sqlite:${join(folder, name)}`
}

const memory = 'sqlite::memory:'
const greet = defineJob({ id: 'greet', input: type<string>(), run: (name) => ({ greeted: name }) })

onEveryStorage('clusters', ({ url }) => {
  test('a call goes to the cluster it names, otherwise to the default one', async () => {
    const rota = rotaWith({ clusters: { default: memory, sales: url() }, jobs: [greet] })
    const ada = await rota.enqueue(greet, 'Ada', { cluster: 'sales' })
    const [bob] = await rota.enqueueMany(greet, ['Bob'], { cluster: 'sales' })
    const cleo = await rota.enqueue(greet, 'Cleo')
    expect(await rota.job(ada.id)).toBeNull()
    expect(await rota.job(ada.id, { cluster: 'sales' })).toMatchObject({ state: 'ready', input: 'Ada' })
    const inSales = (await rota.cluster('sales').jobs.list()).jobs.map(({ id }) => id)
    expect(inSales.sort()).toEqual([ada.id, bob?.id].sort())
    expect((await rota.jobs.list()).jobs.map(({ id }) => id)).toEqual([cleo.id])

    const told: string[] = []
    rota.on('job:succeeded', ({ id, cluster }) => told.push(`${cluster} ${id}`))
    await rota.start()
    expect(await rota.result(ada.id, { cluster: 'sales' })).toEqual({ greeted: 'Ada' })
    expect(await rota.cluster('sales').result(ada.id)).toEqual({ greeted: 'Ada' })
    expect(await rota.result(cleo.id)).toEqual({ greeted: 'Cleo' })
    expect(told).toEqual(expect.arrayContaining([`sales ${ada.id}`, `default ${cleo.id}`]))
    await expect(rota.result(ada.id)).rejects.toMatchObject({ code: 'job_not_found' })
  })

  test('a passive cluster takes jobs and runs none', async () => {
    const storage = url()
    const rota = rotaWith({ clusters: { default: memory, later: { storage, mode: 'passive' } }, jobs: [greet] })
    await rota.start()
    const { id } = await rota.enqueue(greet, 'Ada', { cluster: 'later' })
    const other = await rota.enqueue(greet, 'Bob')
    await rota.result(other.id)
    expect(await rota.cluster('later').workers()).toEqual([])
    expect(await rota.job(id, { cluster: 'later' })).toMatchObject({ state: 'ready', attempt: 0 })
    expect(await rota.cluster('later').jobs.cancel(id)).toMatchObject({ status: 'cancelled' })
  })

  test('defaults, retention and lanes of a cluster go before those of createRota', async () => {
    const sales = { storage: url(), defaults: { retries: 1, lane: 'deals' }, lanes: { deals: 1 } }
    const defaults = { retries: 7, priority: 'high' } as const
    const rota = rotaWith({ clusters: { default: memory, sales }, defaults, jobs: [greet] })
    await rota.start()
    const { id } = await rota.enqueue(greet, 'Ada', { cluster: 'sales' })
    const plain = await rota.enqueue(greet, 'Bob')
    await rota.result(id, { cluster: 'sales' })
    expect(await rota.job(id, { cluster: 'sales' })).toMatchObject({ lane: 'deals', maxAttempts: 2, priority: 'high' })
    expect(await rota.job(plain.id)).toMatchObject({ lane: 'default', maxAttempts: 8, priority: 'high' })
    expect(await rota.cluster('sales').workers()).toMatchObject([{ lanes: [{ name: 'deals', concurrency: 1 }] }])
  })
})

describe('an archived cluster', () => {
  test('can be read, and every way to write is refused', async () => {
    const storage = fileIn('old.db')
    const before = createRota({ storage, jobs: [greet] })
    const { id } = await before.enqueue(greet, 'Ada')
    await before.stop()

    let asked = 0
    const count: Middleware = {
      enqueue(_, next) {
        asked++
        return next()
      },
    }
    const rota = rotaWith({ clusters: { old: { storage, mode: 'archived' } }, jobs: [greet], middleware: [count] })
    await rota.start()
    const old = rota.cluster('old')
    expect(await old.jobs.get(id)).toMatchObject({ input: 'Ada', state: 'ready' })
    expect(await old.jobs.stats()).toMatchObject({ live: { ready: 1 } })
    expect(await old.workers()).toEqual([])
    expect((await old.migrations.status()).pending).toEqual([])
    const writes: Record<string, () => Promise<unknown>> = {
      enqueue: () => old.enqueue(greet, 'Bob'),
      enqueueMany: () => old.enqueueMany(greet, ['Bob']),
      cancel: () => old.jobs.cancel(id),
      retry: () => old.jobs.retry(id),
      run: () => old.jobs.run(id),
      reschedule: () => old.jobs.reschedule(id, { in: '5m' }),
      delete: () => old.jobs.delete(id),
      migrate: () => old.migrations.up(),
    }
    for (const [name, write] of Object.entries(writes))
      await expect(write(), name).rejects.toMatchObject({
        code: 'cluster_archived',
        field: 'cluster',
        message: expect.stringContaining(`The cluster "old" is archived`),
      })
    expect(asked).toBe(0)
    expect(await old.jobs.get(id)).toMatchObject({ state: 'ready' })
  })

  test('is not migrated at first use', async () => {
    const storage = fileIn('empty.db')
    const rota = rotaWith({ clusters: { old: { storage, mode: 'archived' } } })
    await expect(rota.jobs.list()).rejects.toMatchObject({ code: 'storage_not_migrated' })
    expect((await rota.migrations.status()).applied).toEqual([])
  })
})

describe('which cluster', () => {
  test('one that does not exist is refused everywhere, with a suggestion', async () => {
    const rota = rotaWith({ clusters: { default: memory, sales: memory } })
    const wrong = {
      code: 'cluster_unknown',
      field: 'cluster',
      message: 'There is no cluster "slaes", did you mean "sales"? Known: default, sales.',
    }
    const cluster = 'slaes'
    await expect(rota.enqueue(greet, 'Ada', { cluster })).rejects.toMatchObject(wrong)
    await expect(rota.enqueueMany(greet, ['Ada'], { cluster })).rejects.toMatchObject(wrong)
    await expect(rota.result('x' as never, { cluster })).rejects.toMatchObject(wrong)
    await expect(rota.job('x' as never, { cluster })).rejects.toMatchObject(wrong)
    expect(() => rota.cluster(cluster)).toThrow(wrong.message)
    expect(() => createRota({ clusters: { a: memory, b: memory }, defaultCluster: 'c' })).toThrow(
      'defaultCluster: there is no cluster "c"',
    )
  })

  test('without a default one, a call has to name it', async () => {
    const rota = rotaWith({ clusters: { north: memory, south: memory }, jobs: [greet] })
    const unnamed = { code: 'cluster_unknown', message: expect.stringContaining('Known: north, south.') }
    await expect(rota.enqueue(greet, 'Ada')).rejects.toMatchObject(unnamed)
    expect(() => rota.jobs).toThrow('Name one with { cluster }')
    expect((await rota.enqueue(greet, 'Ada', { cluster: 'south' })).status).toBe('created')
  })

  test('the default is the one named so, or the one that is set, or the only one', () => {
    const defaultOf = (options: RotaOptions) => rotaWith(options).clusters.find(({ isDefault }) => isDefault)?.name
    expect(defaultOf({ clusters: { a: memory, default: memory } })).toBe('default')
    expect(defaultOf({ clusters: { a: memory, default: memory }, defaultCluster: 'a' })).toBe('a')
    expect(defaultOf({ clusters: { a: memory } })).toBe('a')
    expect(defaultOf({ clusters: { a: memory, b: memory } })).toBeUndefined()
    expect(defaultOf({ storage: memory })).toBe('default')
  })

  test('middleware hears of the cluster and cannot change it', async () => {
    const seen: string[] = []
    const toNorth: Middleware = {
      enqueue(call, next) {
        seen.push(call.cluster)
        return next({ options: { ...call.options, cluster: 'north' } })
      },
    }
    const rota = rotaWith({ clusters: { north: memory, south: memory }, jobs: [greet], middleware: [toNorth] })
    await rota.enqueue(greet, 'Ada', { cluster: 'north' })
    await expect(rota.cluster('south').enqueue(greet, 'Ada')).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('This call goes to the cluster "south"'),
    })
    expect(seen).toEqual(['north', 'south'])
    expect((await rota.cluster('south').jobs.list()).jobs).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['beside a storage', { storage: memory, clusters: { a: memory } }, 'give either "storage" or "clusters"'],
    ['none', { clusters: {} }, 'clusters: there is none'],
    ['without a storage', { clusters: { a: { mode: 'active' } } }, 'clusters.a: "storage" is required'],
    ['in an unknown mode', { clusters: { a: { storage: memory, mode: 'pasive' } } }, 'did you mean "passive"'],
    ['with a wrong storage', { clusters: { a: 'mysql://root:secret@host' } }, 'clusters.a: "mysql:…" is not a storage'],
    ['with an unknown option', { clusters: { a: { storage: memory, lane: {} } } }, 'did you mean "lanes"'],
    ['with a wrong option', { clusters: { a: { storage: memory, lanes: { x: 0 } } } }, 'clusters.a: lanes.x: 0 is not'],
    ['as a list', { clusters: [memory] }, 'clusters: options must be an object'],
  ])('clusters %s are refused', (_, options, message) => {
    expect(() => createRota(options as RotaOptions)).toThrow(message)
  })

  test('two clusters cannot be one storage', () => {
    const storage = sqlite({ file: ':memory:' })
    expect(() => createRota({ clusters: { a: storage, b: storage } })).toThrow('"a" and "b" have the same storage')
  })
})

describe('together', () => {
  test('when one cannot be reached, none is at work; a later start tries again', async () => {
    const broken = sqlite({ file: ':memory:' })
    const { heartbeat } = broken
    broken.heartbeat = () => Promise.reject(new Error('no luck'))
    const rota = rotaWith({ clusters: { default: fileIn('a.db'), broken }, jobs: [greet] })
    await expect(rota.start()).rejects.toThrow('no luck')
    expect(await rota.workers()).toEqual([])
    const { id } = await rota.enqueue(greet, 'Ada')
    broken.heartbeat = heartbeat
    await rota.start()
    expect(await rota.result(id)).toEqual({ greeted: 'Ada' })
    expect(await rota.cluster('broken').workers()).toHaveLength(1)
  })

  test('a storage that does not open keeps all from starting', async () => {
    const rota = rotaWith({ clusters: { default: memory, away: 'postgres://nobody@127.0.0.1:1/none' }, jobs: [greet] })
    await expect(rota.start()).rejects.toMatchObject({ code: 'storage_unreachable' })
    expect(await rota.workers()).toEqual([])
  })

  test('stop closes every cluster', async () => {
    const rota = createRota({ clusters: { a: memory, b: memory } })
    await rota.start()
    await rota.stop()
    for (const { name } of rota.clusters)
      await expect(rota.cluster(name).jobs.list()).rejects.toMatchObject({ code: 'closed' })
    await expect(rota.start()).rejects.toMatchObject({ code: 'closed' })
  })
})

test('a cluster has the calls of Rota', () => {
  type Shared = 'jobs' | 'migrations' | 'workers' | 'enqueue' | 'enqueueMany' | 'result' | 'job' | 'on'
  expectTypeOf<Pick<Rota, Shared>>().toExtend<Pick<Cluster, Shared>>()
})
