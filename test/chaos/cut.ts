/** Connections that break when PostgreSQL has committed an enqueue and before the client hears of it. */
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { startProxy, type TcpProxy } from '../support/proxy.ts'
import type { Place } from './places.ts'
import { type Report, Violations } from './report.ts'

/** What is cut of an enqueue: its insert · also the commit of the second try · the insert, and the job is over before the second try. */
const variants = ['once', 'twice', 'overtaken'] as const
type Variant = (typeof variants)[number]

const enqueuers = 10

/** A worker that is connected directly, and what it has done. */
class Observer {
  readonly runs = new Map<number, number>()
  readonly over = new Set<number>()
  readonly rota: Rota
  readonly note = defineJob({
    id: 'note',
    input: type<number>(),
    run: (n) => {
      this.runs.set(n, (this.runs.get(n) ?? 0) + 1)
      return n
    },
  })

  constructor(url: string) {
    this.rota = createRota({ storage: url, jobs: [this.note], lanes: { default: 50 }, poll: '20ms' })
    this.rota.on('job:succeeded', ({ id }) => {
      void this.rota.result<number>(id as never).then((n) => this.over.add(n))
    })
  }
}

/** One client behind a proxy of its own, so that each cut hits a known enqueue. */
class Enqueuer {
  readonly #observer: Observer
  readonly #proxy: TcpProxy
  readonly #rota: Rota
  #cutsLeft = 0
  #onCut: () => void = () => {}
  cuts = 0

  static async start(url: string, observer: Observer): Promise<Enqueuer> {
    let decide = (_: string) => false
    const proxy = await startProxy(url, { cut: (statement) => decide(statement) })
    const enqueuer = new Enqueuer(proxy, observer)
    decide = (statement) => enqueuer.#cut(statement)
    return enqueuer
  }

  private constructor(proxy: TcpProxy, observer: Observer) {
    this.#proxy = proxy
    this.#observer = observer
    this.#rota = createRota({ storage: proxy.url, migrate: false })
  }

  async enqueue(n: number, variant: Variant): Promise<string> {
    this.#cutsLeft = variant === 'twice' ? 2 : 1
    this.#onCut = variant === 'overtaken' ? () => void this.#holdUntilOver(n) : () => {}
    const { status } = await this.#rota.enqueue(this.#observer.note, n)
    if (this.#cutsLeft > 0) return `${this.#cutsLeft} cuts did not happen`
    return status
  }

  /** The first try is one statement; a second one is a transaction. */
  #cut(statement: string): boolean {
    if (this.#cutsLeft === 0) return false
    if (!/^\s*(with stored as \()?insert into "\w+"\.jobs /.test(statement) && statement !== 'commit') return false
    this.#cutsLeft--
    this.cuts++
    this.#onCut()
    return true
  }

  async #holdUntilOver(n: number): Promise<void> {
    this.#proxy.hold()
    await until('the job is over', () => this.#observer.over.has(n)).catch(() => {})
    this.#proxy.release()
  }

  async stop(): Promise<void> {
    await this.#rota.stop()
    await this.#proxy.close()
  }
}

export async function cut(place: Place, { cuts }: { cuts: number }): Promise<Report> {
  const observer = new Observer(place.url)
  await observer.rota.start()
  const clients = await Promise.all(Array.from({ length: enqueuers }, () => Enqueuer.start(place.url, observer)))
  const violations = new Violations()
  try {
    let next = 0
    const enqueueInTurn = async (client: Enqueuer) => {
      for (let n = next++; n < cuts; n = next++) {
        const variant = variants[n % variants.length] as Variant
        const came = await client.enqueue(n, variant).catch((error) => (error as Error).message)
        if (came !== 'created') violations.add(`enqueue ${n}, cut ${variant}: ${came}`)
        if (variant === 'overtaken' && !observer.over.has(n)) violations.add(`job ${n} was not over before the retry`)
      }
    }
    await Promise.all(clients.map(enqueueInTurn))
    await until('all jobs are over', async () => (await place.live()) === 0)
    const { finished } = await observer.rota.jobs.stats()
    violations.equal('rows', finished.succeeded, cuts)
    violations.equal('jobs that ran', observer.runs.size, cuts)
    for (const [n, times] of observer.runs) if (times > 1) violations.add(`job ${n} ran ${times} times`)
    const cutsMade = clients.reduce((sum, client) => sum + client.cuts, 0)
    const counts = { enqueues: cuts, cuts: cutsMade, rows: finished.succeeded, overtaken: Math.floor(cuts / 3) }
    return { scenario: 'cut', on: 'PostgreSQL, enqueue', counts, violations: violations.list() }
  } finally {
    await Promise.all(clients.map((client) => client.stop()))
    await observer.rota.stop()
  }
}
