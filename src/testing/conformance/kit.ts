/** What a conformance test gets: an empty storage, a clock to move, and short ways to the usual steps. */
import { equal, ok } from 'node:assert/strict'
import { everyJob } from '../../job/filter.ts'
import { createIdMaker } from '../../job/id.ts'
import { decide, type Outcome } from '../../job/states.ts'
import type { ClaimedJob, Followed, ListQuery, NewJob, NewLogLine, Storage } from '../../storage/contract.ts'

/** The storage under test, on an empty database. */
export interface Subject {
  /** A storage on the database of this test. Called several times where `shared` is true. */
  connect(): Storage
  /** Several storages may look at the same database. False for one that lives in the memory of the process. */
  readonly shared: boolean
  /**
   * Runs `work` in a transaction on the database of this test, as `tx` takes it: committed when it resolves, rolled back when
   * it throws. Absent where nobody else can write to the database.
   */
  transaction?(work: (tx: unknown) => Promise<void>): Promise<void>
  /** Called when the test is over and all its storages are closed. */
  drop?(): Promise<void>
}

/** Opens an empty database whose clock is the given one. */
export type OpenSubject = (options: { clock: () => number }) => Promise<Subject>

export interface Kit {
  readonly storage: Storage
  readonly subject: Subject
  connect(): Promise<Storage>
  /** Moves the clock. */
  pass(ms: number): void
  now(): number
  job(fields?: Partial<NewJob>): NewJob
  /** Registers a worker and gives its id. */
  worker(fields?: { storage?: Storage; lease?: number; jobs?: string[]; lanes?: string[] }): Promise<string>
  claim(worker: string, limit?: number, lane?: string): Promise<readonly ClaimedJob[]>
  finish(worker: string, job: ClaimedJob, outcome?: Outcome, delay?: number): Promise<readonly string[]>
}

export const success: Outcome = { kind: 'success', output: '{"ok":true}' }
export const failure: Extract<Outcome, { kind: 'failure' }> = {
  kind: 'failure',
  error: { name: 'Error', message: 'no luck' },
  reason: null,
  retryable: true,
}
export const line = (seq: number, fields: Partial<NewLogLine> = {}): NewLogLine => ({
  seq,
  ago: 0,
  level: 'info',
  message: `line ${seq}`,
  data: null,
  ...fields,
})
/** What follows from the end of jobs for which nobody waits. */
export const nothing: Followed = { released: 0, cancelled: [] }
export const minute = 60_000
export const everything: ListQuery = { ...everyJob, overFor: null, before: null, limit: 100 }

export async function withKit(open: OpenSubject, run: (kit: Kit) => Promise<void>): Promise<void> {
  let now = Date.UTC(2027, 0, 31, 9)
  const subject = await open({ clock: () => now })
  const storages: Storage[] = []
  const connect = async () => {
    const storage = subject.connect()
    storages.push(storage)
    await storage.migrate()
    return storage
  }
  const newId = createIdMaker(
    () => now,
    () => Math.floor(Math.random() * 2 ** 32),
  )
  try {
    const storage = await connect()
    await run({
      storage,
      subject,
      connect,
      pass: (ms) => {
        now += ms
      },
      now: () => now,
      job: (fields) => ({
        id: newId(),
        job: 'greet',
        lane: 'default',
        priority: 2,
        at: null,
        delay: 0,
        maxAttempts: 3,
        timeout: minute,
        onTimeout: 'fail',
        onLapse: 'retry',
        expiresAt: null,
        expiresIn: null,
        keepSucceeded: 7 * 1440 * minute,
        keepFailed: 30 * 1440 * minute,
        input: '{"n":1}',
        metadata: null,
        idempotency: null,
        parents: [],
        flow: null,
        schedule: null,
        unique: null,
        ...fields,
      }),
      async worker({ storage: on = storage, lease = 30_000, jobs = ['greet'], lanes = ['default'] } = {}) {
        const id = newId()
        const served = lanes.map((name) => ({ name, concurrency: 10 }))
        equal(await on.heartbeat({ id, name: 'test', lanes: served, jobs, schedules: [], lease }), true)
        return id
      },
      claim: (worker, limit = 100, lane = 'default') =>
        storage.claim({ worker, lanes: [{ name: lane, limit }], jobs: ['greet'], suspect: false }),
      async finish(worker, job, outcome = success, delay = 0) {
        return (await storage.apply(worker, [decide(job, outcome, () => delay)])).refused
      },
    })
  } finally {
    for (const storage of storages) await storage.close()
    await subject.drop?.()
  }
}

/** Tests by name. */
export type Cases = Readonly<Record<string, (kit: Kit) => Promise<void>>>

/** Tries until it is true; for what depends on the real clock. */
export async function eventually(attempt: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (Date.now() < deadline) {
    if (await attempt()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  ok(false, 'it did not come true within 5 s')
}
