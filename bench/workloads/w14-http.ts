import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { atLeast, atMost, type Bench, figure, of, pause, percentile, type Workload } from '../bench.ts'
import { rota, rotaOnSqlite } from '../sides/index.ts'
import { onPostgres } from '../sides/postgres.ts'

const schedules = 200

interface Called {
  readonly lates: readonly number[]
  readonly due: number
  /** Slots whose call came. */
  readonly came: number
  readonly twice: number
}

interface Recovered {
  /** Seconds from the return of the target until nothing waits any more. */
  readonly after: number
  readonly due: number
  /** Jobs that did not succeed. */
  readonly lost: number
  readonly came: number
  readonly retried: number
  readonly held: number
}

export const w14: Workload = {
  id: 'W14',
  title: 'HTTP jobs',
  about: `${schedules} schedules that each call a target on the same machine every second, for 5 minutes on each storage: how late the calls arrive, and whether one is missing. Then the same for 90 seconds, of which the target is down for the last 60: how long after its return everything is done, and what stands in the record.`,
  once: true,
  async run(bench) {
    const places = [
      { side: rotaOnSqlite.name, storage: `sqlite:${join(bench.servers.folder, 'http.db')}` },
      { side: rota.name, storage: bench.servers.postgres.url },
    ]
    const called = new Map<string, Called[]>()
    const recovered = new Map<string, Recovered[]>()
    for (const { side, storage } of places) {
      bench.step(`${side}: calls each second`)
      called.set(side, [await steady(bench, storage)])
      bench.step(`${side}: the target goes and comes back`)
      recovered.set(side, [await outage(bench, storage)])
    }
    const late = (name: string, share: number) =>
      figure(`call after its slot, ${name}`, 'ms', 'less', called, ({ lates }) => percentile(lates, share))
    const missing = figure('slots without a call', 'jobs', 'less', called, ({ due, came }) => due - came)
    const twice = figure('slots called twice', 'jobs', 'less', called, (one) => one.twice)
    const after = figure('target down for 60 s: all done after its return', 's', 'less', recovered, (one) => one.after)
    const lost = figure('target down: slots that did not succeed', 'jobs', 'less', recovered, ({ due, lost, came }) =>
      Math.max(lost, due - came),
    )
    const retried = figure('target down: failed tries in the record', 'jobs', 'less', recovered, (one) => one.retried)
    const held = figure('target down: tries that the breaker held back', 'jobs', 'less', recovered, (one) => one.held)
    const p99 = late('p99', 0.99)
    const sides = [rotaOnSqlite, rota]
    return {
      figures: [late('p50', 0.5), p99, late('at most', 1), missing, twice, after, lost, retried, held],
      checks: sides.flatMap((side) => [
        atMost(`${side.name}: slots without a call`, of(missing, side), 0),
        atMost(`${side.name}: slots called twice`, of(twice, side), 0),
        atMost(`${side.name}: target down, slots that did not succeed`, of(lost, side), 0),
        atLeast(`${side.name}: target down, failed tries in the record`, of(retried, side), 1),
        atLeast(`${side.name}: target down, tries held back in the record`, of(held, side), 1),
      ]),
    }
  },
}

async function emptied(storage: string): Promise<void> {
  if (storage.startsWith('postgres')) await onPostgres(storage, 'drop schema if exists rota cascade')
  else for (const end of ['', '-wal', '-shm']) rmSync(`${storage.slice('sqlite:'.length)}${end}`, { force: true })
}

interface Counted {
  readonly counts: Readonly<Record<'scheduled' | 'ready' | 'running' | 'failed' | 'cancelled' | 'expired', number>>
  readonly retried: number
  readonly held: number
}

/** Both processes, for as long as `during` takes; then until nothing waits any more. */
async function calling(storage: string, seconds: number, during: (target: Child, startsAt: number) => Promise<number>) {
  await emptied(storage)
  const target = new Child('target')
  const { url } = (await target.told()) as { url: string }
  const worker = new Child('work', storage, url, String(schedules), String(seconds))
  const { startsAt, endsAt } = (await worker.told()) as { startsAt: number; endsAt: number }
  const from = await during(target, startsAt)
  await pause(Math.max(0, endsAt - Date.now()) + 1_000)
  const open = ({ counts }: Counted) => counts.scheduled + counts.ready + counts.running
  let counted = (await worker.ask('counts')) as Counted
  const limit = Date.now() + 300_000
  while (open(counted) > 0 && Date.now() < limit) {
    await pause(250)
    counted = (await worker.ask('counts')) as Counted
  }
  const after = (Date.now() - from) / 1_000
  await pause(12_000) // the counts of a worker are written every 10 s
  counted = (await worker.ask('counts')) as Counted
  const told = (await target.ask('tell')) as { lates: number[]; slots: number; twice: number }
  await Promise.all([worker.end(), target.end()])
  return { after, counted, ...told }
}

async function steady(bench: Bench, storage: string): Promise<Called> {
  const seconds = bench.quick ? 20 : 300
  const { lates, slots, twice } = await calling(storage, seconds, async () => Date.now())
  return { lates, due: schedules * seconds, came: slots, twice }
}

async function outage(bench: Bench, storage: string): Promise<Recovered> {
  const [seconds, lead, down] = bench.quick ? [15, 5, 10] : [90, 30, 60]
  const { after, counted, slots } = await calling(storage, seconds, async (target, startsAt) => {
    await pause(startsAt + lead * 1_000 - Date.now())
    await target.ask('down')
    await pause(down * 1_000)
    await target.ask('up')
    return Date.now()
  })
  const due = schedules * seconds
  const { failed, cancelled, expired } = counted.counts
  return { after, due, lost: failed + cancelled + expired, came: slots, retried: counted.retried, held: counted.held }
}

class Child {
  readonly #process: ChildProcess
  readonly #lines: object[] = []
  #waiting: ((line: object) => void) | null = null

  constructor(...words: readonly string[]) {
    const file = join(import.meta.dirname, '../http-child.ts')
    this.#process = spawn(process.execPath, [file, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const told = JSON.parse(line) as object
      if (this.#waiting === null) this.#lines.push(told)
      else this.#waiting(told)
      this.#waiting = null
    })
  }

  told(): Promise<object> {
    const line = this.#lines.shift()
    if (line !== undefined) return Promise.resolve(line)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  ask(line: string): Promise<object> {
    this.#process.stdin?.write(`${line}\n`)
    return this.told()
  }

  async end(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.stdin?.write('end\n')
    await exited
  }
}
