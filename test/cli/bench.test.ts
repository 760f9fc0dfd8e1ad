/** `rota bench` measures beside what is stored. Whatever becomes of it, that stays as it was and nothing else is left. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { dropBenchSchema } from '../../src/storage/postgres/drop.ts'
import { until } from '../support/condition.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { newFolder, type Running, rota, start, writeConfig } from './command.ts'

const mine = defineJob({ id: 'mine', run: () => 'done' })

/** One job that is over and two that wait. */
async function storeJobs(storage: string): Promise<void> {
  await using store = createRota({ storage, jobs: [mine] })
  await store.start()
  await store.result((await store.enqueue(mine)).id)
  for (const delay of ['1h', '2h']) await store.enqueue(mine, undefined, { in: delay })
}

const about = (percentiles: object) => ({ p50Ms: expect.any(Number), p99Ms: expect.any(Number), ...percentiles })
const rate = { perSecond: expect.any(Number) }

const allFigures = {
  enqueue: rate,
  callers: [about({ callers: 1, ...rate }), about({ callers: 32, ...rate })],
  drain: rate,
  latency: about({ samples: 200 }),
}

/** Enough to be seen at it; it begins when all are stored, with those of the warm-up. */
const drained = 50_000
const allOfDrain = drained + 2_000

interface Place {
  /** With the storage of the settings. */
  run(...args: readonly string[]): Running
  /** Whatever anybody could have changed of the jobs, and what stands beside them. */
  seen(): Promise<unknown>
  /** How many jobs the benchmark under way has stored, of all kinds; null where there is none. */
  stored(): Promise<number | null>
  /** Makes each further call of the benchmark under way fail. */
  breakIt(): Promise<void>
}

function benchmarks(place: Place): void {
  test('it measures everything, and what is stored stays as it is', async () => {
    const before = await place.seen()
    const { code, stdout, stderr } = await place.run('--jobs', '500', '--json').ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^measuring in [^\n]+\n$/) })
    const { storage, ...told } = JSON.parse(stdout)
    expect(told).toEqual({
      version: expect.stringMatching(/^\d/),
      node: process.versions.node,
      cpus: expect.any(Number),
      cpu: expect.anything(),
      jobs: 500,
      ...allFigures,
    })
    expect(stdout + stderr).not.toContain('s3cret')
    const numbers = [told.enqueue, told.drain, told.latency, ...told.callers].flatMap((one) => Object.values(one))
    expect(numbers.filter((n) => !(typeof n === 'number' && n > 0))).toEqual([])
    expect(await place.seen()).toEqual(before)
  })

  test('a table of what was asked for', async () => {
    const before = await place.seen()
    const { code, stdout, stderr } = await place.run('--jobs', '1000', '--only', 'drain,enqueue').ended
    expect(await place.seen()).toEqual(before)
    expect(code).toBe(0)
    const [headline, empty, ...lines] = stdout.split('\n')
    expect(headline).toMatch(/^Rota \d\S* on .+, in a (file beside it|schema of its own), Node \d\S+, \d+ CPUs?/)
    expect(empty).toBe('')
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['WHAT', 'RESULT'],
      ['enqueueMany, 1,000 jobs', expect.stringMatching(/^(\d+\.\dk|[\d,]+) jobs\/s$/)],
      ['drain, 1 worker, history kept', expect.stringMatching(/^(\d+\.\dk|[\d,]+) jobs\/s$/)],
      [''],
    ])
    expect(stderr).toContain('docs/benchmarks.md')
    expect(stdout + stderr).not.toContain('s3cret')
  })

  test.each([
    ['latency', 'SIGINT', 20],
    ['callers', 'SIGTERM', 200],
    ['enqueue', 'SIGINT', 20_000],
    ['drain', 'SIGINT', allOfDrain - 1],
  ] as const)('stopped in the middle of %s by %s it leaves nothing', async (only, signal, jobs) => {
    const before = await place.seen()
    const running = place.run('--only', only, '--jobs', String(only === 'drain' ? drained : 1_000_000))
    await until('it is under way', async () => ((await place.stored()) ?? 0) > jobs)
    const asked = performance.now()
    running.process.kill(signal)
    const { code, stdout, stderr } = await running.ended
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toMatch(/\nrota: Stopped before the end\. \[aborted\]\n$/)
    expect(performance.now() - asked).toBeLessThan(10_000)
    expect(await place.seen()).toEqual(before)
  })

  test.each([
    ['callers', 200],
    ['drain', allOfDrain - 1],
  ] as const)('an error in the middle of %s leaves nothing, and is told', async (only, jobs) => {
    const before = await place.seen()
    const running = place.run('--only', only, '--jobs', String(drained))
    await until('it is under way', async () => ((await place.stored()) ?? 0) > jobs)
    await place.breakIt()
    const { code, stdout, stderr } = await running.ended
    expect(stdout).toBe('')
    expect(stderr).toMatch(/\nrota: [^\n]*(jobs|insert)[^\n]*\n$/)
    expect([1, 6]).toContain(code)
    expect(await place.seen()).toEqual(before)
  })
}

describe('SQLite', () => {
  let folder: string
  beforeEach(async () => {
    folder = newFolder()
    await storeJobs(`sqlite:${join(folder, 'rota.db')}`)
  })
  const scratch = () => readdirSync(folder).find((name) => /^rota\.db\.bench-[0-9a-f]{16}$/.test(name))
  const run = (...args: readonly string[]) => start(['bench', ...args], { cwd: folder })
  const open = () => {
    const name = scratch()
    return name === undefined ? null : new DatabaseSync(join(folder, name), { timeout: 5_000 })
  }

  benchmarks({
    run,
    async seen() {
      return readdirSync(folder).map((name) => {
        const file = join(folder, name)
        const { mtimeMs, ino } = statSync(file)
        return { name, mtimeMs, ino, content: createHash('sha256').update(readFileSync(file)).digest('hex') }
      })
    },
    async stored() {
      const database = open()
      try {
        const newest = (table: string) => Number(database?.prepare(`select count(*) as n from ${table}`).get()?.n)
        return database && newest('jobs') + newest('finished_jobs')
      } catch {
        return null // there are no tables yet
      } finally {
        database?.close()
      }
    },
    async breakIt() {
      const database = open()
      database?.exec('drop table jobs')
      database?.close()
    },
  })

  test('neither the file nor anything else has to be there, and nothing is made', async () => {
    const empty = newFolder()
    expect(await rota(empty, 'bench', '--jobs', '100', '--only', 'enqueue')).toMatchObject({ code: 0 })
    expect(readdirSync(empty)).toEqual([])
  })

  test('a second Ctrl-C ends it at once, and still nothing is left', async () => {
    const running = run('--only', 'callers')
    await until('it is under way', () => existsSync(join(folder, `${scratch()}-wal`)))
    const holding = open()
    await until('it cannot write', () => {
      try {
        holding?.exec('begin immediate')
        return true
      } catch {
        return false // it is being made
      }
    })
    running.process.kill('SIGINT')
    const asked = performance.now()
    await until('another press would be another', () => performance.now() - asked > 500)
    running.process.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' })
    expect(performance.now() - asked).toBeLessThan(2_500)
    expect(readdirSync(folder)).toEqual(['rota.db'])
    holding?.close()
  })

  test('it works where the file really is', async () => {
    const elsewhere = newFolder()
    symlinkSync(join(folder, 'rota.db'), join(elsewhere, 'rota.db'))
    const { code, stderr } = await rota(elsewhere, 'bench', '--jobs', '100', '--only', 'enqueue')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`measuring in ${folder}/rota.db.bench-`),
    })
    expect(readdirSync(folder)).toEqual(['rota.db'])
  })

  test('of several clusters it measures the one that is meant', async () => {
    for (const name of ['main', 'sales', 'old']) mkdirSync(join(folder, name))
    const clusters = `{ main: 'sqlite:main/a.db', sales: { storage: 'sqlite:sales/b.db', mode: 'passive' }, old: { storage: 'sqlite:old/c.db', mode: 'archived' } }`
    writeConfig(folder, `export default defineConfig({ clusters: ${clusters} })`)
    const bench = (...args: string[]) => rota(folder, 'bench', '--jobs', '100', '--only', 'enqueue', ...args)
    expect(await bench()).toMatchObject({ code: 3, stderr: expect.stringContaining('--cluster: main, sales, old.') })
    expect((await bench('--cluster', 'old')).stderr).toContain('is archived')
    expect(readdirSync(join(folder, 'old'))).toEqual([])
    expect(await bench('--cluster', 'sales')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`measuring in ${join(folder, 'sales/b.db')}.bench-`),
    })
  })
})

describe('PostgreSQL', () => {
  let server: RunningPostgres
  let client: pg.Client
  let url: string
  beforeAll(async () => {
    server = await startPostgres()
    url = `${server.url.replace('rota@', 'rota:s3cret@')}?application_name=mine&schema=app`
    client = new pg.Client(server.url)
    await client.connect()
    await storeJobs(url)
  })
  afterAll(async () => {
    await client.end()
    await server.stop()
  })
  const schemas = async () =>
    (await client.query(`select nspname from pg_namespace where nspname !~ '^pg_' order by 1`)).rows.map(
      (row) => row.nspname as string,
    )
  const scratch = async () => (await schemas()).find((name) => /^rota_bench_[0-9a-f]{16}$/.test(name))

  const run = (...args: readonly string[]) =>
    start(['bench', ...args], { cwd: newFolder(), env: { ROTA_STORAGE: url } })

  benchmarks({
    run,
    async seen() {
      const contents = []
      for (const table of ['jobs', 'finished_jobs', 'migrations', 'partitions', 'attempts', 'workers', 'lanes'])
        contents.push((await client.query(`select xmin, ctid, * from app.${table} order by ctid`)).rows)
      return { schemas: await schemas(), contents }
    },
    async stored() {
      const schema = await scratch()
      const count = `select (select count(*) from ${schema}.jobs) + (select count(*) from ${schema}.finished_jobs) as n`
      return schema ? Number((await client.query(count).catch(() => null))?.rows[0].n) : null
    },
    breakIt: async () => void (await client.query(`drop table ${await scratch()}.jobs cascade`)),
  })

  test('in a database where Rota never was nothing is made', async () => {
    await client.query('create database fresh')
    const fresh = new pg.Client(server.url.replace(/postgres$/, 'fresh'))
    await fresh.connect()
    const storage = server.url.replace(/postgres$/, 'fresh')
    const { code } = await rota(newFolder(), 'bench', '--storage', storage, '--jobs', '100', '--only', 'enqueue')
    const made = await fresh.query(`select nspname from pg_namespace where nspname ~ 'rota'`)
    await fresh.end()
    expect([code, made.rows]).toEqual([0, []])
  })

  test('a database that restarts in the middle leaves nothing', async () => {
    const own = await startPostgres() // not the one that the others share
    try {
      const running = start(['bench', '--only', 'enqueue', '--jobs', '1000000', '--storage', own.url], {
        cwd: newFolder(),
      })
      await until('it has its schema', () => running.stderr().includes('measuring in the schema rota_bench_'))
      const look = async () => {
        const looking = new pg.Client(own.url)
        await looking.connect()
        const { rows } = await looking.query(`select nspname from pg_namespace where nspname ~ '^rota'`)
        await looking.end()
        return rows.length
      }
      await until('it is under way', async () => (await look()) === 1)
      running.process.kill('SIGINT')
      await own.restart('immediate')
      const { code, stdout } = await running.ended
      expect([code, stdout]).toEqual([expect.toBeOneOf([130, 6]), '']) // whichever of the two it hears of first
      expect(await look()).toBe(0)
    } finally {
      await own.stop()
    }
  })

  test.each([
    'rota',
    'app',
    'rota_bench',
    'rota_bench_',
    'rota_bench_x"; drop schema app',
    'public',
    'app_rota_bench_1',
  ])('no other schema is ever dropped: %s', async (schema) => {
    await client.query(`create schema if not exists ${JSON.stringify(schema).replaceAll('\\"', '""')}`)
    const before = await schemas()
    await expect(dropBenchSchema(server.url, schema)).rejects.toMatchObject({ code: 'option_invalid', field: 'schema' })
    expect(await schemas()).toEqual(before)
  })
})

test.each([
  ['jobs: 99 is', ['--jobs', '99']],
  ['jobs: 1000001 is', ['--jobs', '1000001']],
  ['jobs: "many" is', ['--jobs', 'many']],
  ['only: "latancy" is not allowed, did you mean "latency"', ['--only', 'drain,latancy']],
  ['only: "" is', ['--only', '']],
  ['sqlite::memory: has no URL', ['--storage', 'sqlite::memory:']],
  ['"mysql:…" is not a storage', ['--storage', 'mysql:x']],
])('%s: exit code 2, and nothing is made', async (message, args) => {
  const folder = newFolder()
  const { code, stdout, stderr } = await rota(folder, 'bench', ...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^rota: [^\n]+ \[(option|storage)_invalid\]\n$/)
  expect(stderr).toContain(message)
  expect(readdirSync(folder)).toEqual([])
})

test('a storage object is measured by its URL, and refused where it has none', async () => {
  const folder = newFolder()
  const config = (storage: string) =>
    writeConfig(folder, `import { sqlite } from 'rota/sqlite'\nexport default defineConfig({ storage: ${storage} })`)
  config(`sqlite({ file: 'own.db' })`)
  const bench = () => rota(folder, 'bench', '--jobs', '100', '--only', 'enqueue')
  expect(await bench()).toMatchObject({ code: 0, stderr: expect.stringContaining(join(folder, 'own.db.bench-')) })
  config(`sqlite({ file: 'own.db', clock: () => 1 })`)
  const { code, stdout, stderr } = await bench()
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(
    /^rota: sqlite:own\.db has no URL [^\n]+ --storage sqlite:<file> [^\n]+ \[storage_invalid\]\n$/,
  )
  expect(readdirSync(folder)).toEqual(['rota.config.ts'])
})

test('a database that is away is exit code 6, at once', async () => {
  const begun = performance.now()
  const ended = await rota(newFolder(), 'bench', '--storage', 'postgres://ada:s3cret@127.0.0.1:1/none')
  expect(ended).toMatchObject({ code: 6, stdout: '', stderr: expect.not.stringContaining('s3cret') })
  expect(performance.now() - begun).toBeLessThan(8_000)
  const folder = newFolder()
  const noFolder = await rota(folder, 'bench', '--storage', 'sqlite:none/rota.db')
  expect(noFolder).toMatchObject({ code: 6, stdout: '' })
  expect(readdirSync(folder)).toEqual([])
})
