import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { atLeast, type Bench, figure, inTurns, of, type Workload } from '../bench.ts'
import { onPostgres } from '../sides/postgres.ts'

interface Side {
  readonly name: string
  readonly store: 'sqlite' | 'postgres'
  readonly mode: 'serve' | 'hollow'
}

const sides: readonly Side[] = [
  { name: 'SQLite, stored', store: 'sqlite', mode: 'serve' },
  { name: 'SQLite, not stored', store: 'sqlite', mode: 'hollow' },
  { name: 'PostgreSQL, stored', store: 'postgres', mode: 'serve' },
  { name: 'PostgreSQL, not stored', store: 'postgres', mode: 'hollow' },
]

const watchers = [
  { name: 'SQLite, nobody watches', store: 'sqlite', streams: 0 },
  { name: 'SQLite, 200 streams', store: 'sqlite', streams: 200 },
  { name: 'PostgreSQL, nobody watches', store: 'postgres', streams: 0 },
  { name: 'PostgreSQL, 200 streams', store: 'postgres', streams: 200 },
] as const

interface Loaded {
  readonly rate: number
  readonly p50: number
  readonly p99: number
}

export const w13: Workload = {
  id: 'W13',
  title: 'The server',
  about:
    '`POST /api/jobs` with an API key over 64 connections, answered when the job is durable; beside it the same server on a storage that answers an insert without storing. Then 500 jobs a second by POST, worked on by the same process, while 200 clients follow its events.',
  async run(bench) {
    const loaded = await inTurns(bench, sides, (side) => posted(bench, side))
    const watched = await inTurns(bench, watchers, (side) => streamed(bench, side))
    const rate = figure('POST /api/jobs, 64 connections', 'jobs/s', 'more', loaded, (one) => one.rate)
    const p99 = figure('the same, p99', 'ms', 'less', loaded, (one) => one.p99)
    const done = figure('500 jobs/s and streams: jobs done', 'jobs/s', 'more', watched, (one) => one.done)
    const cpu = figure('500 jobs/s and streams: CPU of the server', '%', 'less', watched, (one) => one.cpu)
    const rss = figure('500 jobs/s and streams: memory of the server', 'MB', 'less', watched, (one) => one.rss)
    const share = (store: string) => of(rate, `${store}, stored`) / of(rate, `${store}, not stored`)
    const unharmed = (store: string) => of(done, `${store}, 200 streams`) / of(done, `${store}, nobody watches`)
    return {
      figures: [rate, p99, done, cpu, rss],
      checks: [
        atLeast('SQLite: share of the rate without storing', share('SQLite'), 0.6),
        atLeast('PostgreSQL: share of the rate without storing', share('PostgreSQL'), 0.6),
        atLeast('SQLite: jobs done with 200 streams, of those without', unharmed('SQLite'), 0.9),
        atLeast('PostgreSQL: jobs done with 200 streams, of those without', unharmed('PostgreSQL'), 0.9),
      ],
    }
  },
}

async function placeFor({ servers }: Bench, store: Side['store']): Promise<string> {
  if (store === 'postgres') {
    await onPostgres(servers.postgres.url, 'drop schema if exists rota cascade')
    return servers.postgres.url
  }
  const file = join(servers.folder, 'server.db')
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  return `sqlite:${file}`
}

async function posted(bench: Bench, { store, mode }: Side): Promise<Loaded> {
  const server = new Child(mode, await placeFor(bench, store))
  const { url, keys } = (await server.told()) as { url: string; keys: string[] }
  const load = new Child('load', url, keys[0])
  await load.ask({ ms: 2_000, connections: 64 }) // warm
  const loaded = (await load.ask({ ms: bench.quick ? 3_000 : 8_000, connections: 64 })) as Loaded
  load.end()
  server.end()
  return loaded
}

interface Usage {
  readonly cpu: NodeJS.CpuUsage
  readonly rss: number
  readonly succeeded: number
}

async function streamed(bench: Bench, { store, streams }: (typeof watchers)[number]) {
  const server = new Child('serve', await placeFor(bench, store))
  const { url, keys } = (await server.told()) as { url: string; keys: string[] }
  await server.ask('work')
  const watch = streams > 0 ? new Child('watch', url, keys.join(',')) : null
  await watch?.told()
  const load = new Child('load', url, keys[0])
  await load.ask({ ms: 2_000, connections: 64, perSecond: 500 })
  const before = (await server.ask('usage')) as Usage
  const start = performance.now()
  await load.ask({ ms: bench.quick ? 5_000 : 20_000, connections: 64, perSecond: 500 })
  const after = (await server.ask('usage')) as Usage
  const seconds = (performance.now() - start) / 1_000
  const events = watch === null ? null : ((await watch.ask('events')) as { events: number }).events
  if (events !== null && events < streams * seconds * 0.5) throw new Error(`only ${events} events came`)
  for (const child of [watch, load, server]) child?.end()
  const micros = (usage: Usage) => usage.cpu.user + usage.cpu.system
  return {
    done: (after.succeeded - before.succeeded) / seconds,
    cpu: (micros(after) - micros(before)) / seconds / 10_000,
    rss: after.rss / 1e6,
  }
}

/** A process, asked and answering line by line. */
class Child {
  readonly #process: ChildProcess
  readonly #answers: unknown[] = []
  #waiting: ((value: unknown) => void) | null = null
  #failed: ((error: Error) => void) | null = null

  constructor(...args: readonly (string | undefined)[]) {
    const file = join(import.meta.dirname, '../server-child.ts')
    this.#process = spawn(process.execPath, [file, ...args.filter((arg) => arg !== undefined)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (!line.startsWith('{')) return
      const value = JSON.parse(line)
      if (this.#waiting === null) this.#answers.push(value)
      else this.#waiting(value)
      this.#waiting = null
    })
    this.#process.once('exit', (code) => this.#failed?.(new Error(`a process of W13 ended with ${code}`)))
  }

  told(): Promise<unknown> {
    if (this.#answers.length > 0) return Promise.resolve(this.#answers.shift())
    return new Promise((resolve, reject) => {
      this.#waiting = resolve
      this.#failed = reject
    })
  }

  ask(what: unknown): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(what)}\n`)
    return this.told()
  }

  end(): void {
    this.#failed = null
    this.#process.kill('SIGKILL')
  }
}
