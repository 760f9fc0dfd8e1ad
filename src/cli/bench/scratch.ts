/**
 * Where `rota bench` works: beside the storage of the settings, never in it. On SQLite that is a file of its own in the
 * same folder, so on the same disk; on PostgreSQL a schema of its own in the same database.
 *
 * named → (PostgreSQL: the database has answered) in use → removed, whatever became of the work → or left, which is told
 * with its name: by a database that stays away, a second Ctrl-C, or SIGKILL.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createRota, RotaError } from '../../index.ts'
import { defaults } from '../../job/options.ts'
import { openStorage } from '../../storage/open.ts'
import { describeStorage, type Settings, sqliteFile } from '../config.ts'
import { errorLine } from '../errors.ts'
import { say } from '../output.ts'

interface Scratch {
  /** By which it is opened. */
  readonly url: string
  /** For people: `the schema rota_bench_0f3a…`. */
  readonly name: string
  /** Where it is, as words behind the storage of the settings. */
  readonly where: string
  remove(): Promise<void>
}

/** Milliseconds for which a database that is away is asked again to drop the schema. */
const patience = 10_000

/**
 * The URL of the storage that the settings mean. Checks all that they say, and opens nothing.
 *
 * @throws RotaError `storage_invalid` where no other can be opened beside it, `cluster_unknown`, `cluster_archived`
 */
export async function urlToMeasure({ options }: Settings): Promise<string> {
  const rota = createRota(options)
  await rota.stop()
  const chosen = rota.clusters.find(({ isDefault }) => isDefault)
  if (chosen === undefined) {
    const known = rota.clusters.map(({ name }) => name).join(', ')
    throw new RotaError('cluster_unknown', `Which cluster? Name one with --cluster: ${known}.`, { field: 'cluster' })
  }
  if (chosen.mode === 'archived') {
    const message = `The cluster "${chosen.name}" is archived: beside it nothing is written either. Name another with --cluster.`
    throw new RotaError('cluster_archived', message, { field: 'cluster' })
  }
  const spec = options.clusters?.[chosen.name] ?? options.storage ?? defaults.storage
  const storage = typeof spec === 'object' && !('claim' in spec) ? spec.storage : spec
  const url = typeof storage === 'string' ? storage : storage.url
  if (url && sqliteFile(url) !== ':memory:') return url
  const message =
    `${describeStorage(storage)} has no URL by which an empty storage could be opened beside it. ` +
    'Name one that has: --storage sqlite:<file> or --storage postgres://…'
  throw new RotaError('storage_invalid', message, { field: 'storage' })
}

/** Runs `work` beside this storage, and leaves nothing there. */
export async function besideStorage<T>(url: string, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const file = sqliteFile(url)
  const scratch = file === null ? await newSchema(url) : newFile(file)
  let result: T
  try {
    result = await work(scratch)
  } catch (error) {
    await scratch.remove().catch((left) => say(`rota: ${errorLine(left)}`)) // what came first is the error
    throw error
  }
  await scratch.remove()
  return result
}

const newName = () => randomBytes(8).toString('hex')

function newFile(own: string): Scratch {
  const file = `${existsSync(own) ? realpathSync(own) : own}.bench-${newName()}`
  const remove = () => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true, maxRetries: 5 })
  }
  process.once('exit', () => {
    try {
      remove() // also when a second Ctrl-C ends us at once
    } catch {}
  })
  return { url: `sqlite:${file}`, name: file, where: 'in a file beside it', remove: async () => remove() }
}

async function newSchema(own: string): Promise<Scratch> {
  const [address, query] = own.split('?') as [string, string | undefined]
  const forDriver = new URLSearchParams(query)
  forDriver.delete('schema') // the one of the jobs
  const schema = `rota_bench_${newName()}`
  const url = `${address}?${new URLSearchParams([['schema', schema], ...forDriver])}`
  await untilItAnswers(url)
  const remove = () => drop(forDriver.size > 0 ? `${address}?${forDriver}` : address, schema)
  return { url, name: `the schema ${schema}`, where: 'in a schema of its own', remove }
}

/** Only looks, so that nothing has to be removed where the database is away. */
async function untilItAnswers(url: string): Promise<void> {
  const storage = await openStorage(url)
  try {
    await storage.migrations()
  } finally {
    await storage.close()
  }
}

async function drop(url: string, schema: string): Promise<void> {
  const { dropBenchSchema } = await import('../../storage/postgres/drop.ts')
  for (const deadline = performance.now() + patience; ; await setTimeout(250)) {
    try {
      return await dropBenchSchema(url, schema)
    } catch (error) {
      if (performance.now() < deadline) continue
      const message = `The schema ${schema} is left, because it could not be dropped: ${(error as Error).message} Drop it by hand: drop schema ${schema} cascade`
      throw new RotaError('storage_unreachable', message, { cause: error })
    }
  }
}
