/** What `{ tx }` promises, whatever library the transaction is of. */
import { expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type Storage, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'

export interface Library {
  readonly name: string
  /** Runs `work` in a transaction: committed when it resolves, rolled back when it throws. */
  transaction(work: (tx: object) => Promise<void>): Promise<void>
  /** What somebody may give by mistake: no transaction. */
  readonly mistakes: readonly object[]
  close(): Promise<void> | void
}

interface Place {
  /** Where Rota is, anew for each; the library is on the same database. */
  storage(): string | Storage
  open(): Promise<Library> | Library
}

const input = type<{ text: string }>()
const awkward = '{"a\\"},NULL\u0001\n\'$1 ? ?? ::  🎈'

export function transactionPromises({ storage, open }: Place): void {
  const started: string[] = []
  const note = defineJob({ id: 'note', input, run: ({ text }) => void started.push(text) })
  const many = defineJob({ id: 'many', input: type<number>(), run: () => {} })

  /** A Rota that enqueues and does not work, another that works and hardly polls, and the library. */
  async function setting(work: (rota: Rota, library: Library, worker: Rota) => Promise<void>): Promise<void> {
    started.length = 0
    const rota = createRota({ storage: storage() })
    const worker = createRota({ storage: storage(), jobs: [note, many], poll: '1m' })
    await rota.migrations.up()
    const library = await open()
    try {
      await work(rota, library, worker)
    } finally {
      await library.close()
      await rota.stop({ grace: 0 })
      await worker.stop({ grace: 0 })
    }
  }

  test('a rollback leaves nothing, a commit one job, which another Rota starts at once', () =>
    setting(async (rota, library, worker) => {
      await worker.start()
      const undone = new Error('undone')
      const attempt = library.transaction(async (tx) => {
        await rota.enqueue(note, { text: 'never' }, { tx })
        await rota.enqueue(note, { text: 'never' }, { tx, unique: { key: 'a' }, idempotencyKey: 'a' })
        throw undone
      })
      await expect(attempt).rejects.toBe(undone)
      expect((await rota.jobs.list({})).jobs).toEqual([])
      let id = ''
      let stored = Number.NaN
      await library.transaction(async (tx) => {
        const own = await rota.enqueue(note, { text: awkward }, { tx, metadata: { of: awkward }, priority: 'high' })
        expect(own.status).toBe('created')
        id = own.id
        expect(await rota.job(own.id)).toBe(null) // not committed, so nobody sees it
        stored = performance.now()
      })
      await until('it was started', () => started.length > 0, 5_000)
      expect(performance.now() - stored).toBeLessThan(1_000)
      await until('it is over', async () => (await rota.jobs.stats()).finished.succeeded === 1)
      const { jobs } = await rota.jobs.list({})
      expect(jobs.map((job) => [job.id, job.input, job.metadata, job.priority])).toEqual([
        [id, { text: awkward }, { of: awkward }, 'high'],
      ])
      expect(started).toEqual([awkward])
    }))

  test('keys count in a transaction, among its own calls, and a conflict does not end it', () =>
    setting(async (rota, library) => {
      const before = await rota.enqueue(
        note,
        { text: 'before' },
        { unique: { key: 'k' }, in: '1h', idempotencyKey: 'i' },
      )
      const unique = { key: 'k', onConflict: 'replace' } as const
      await library.transaction(async (tx) => {
        const call = rota.enqueue(note, { text: 'other' }, { tx, idempotencyKey: 'i' })
        await expect(call).rejects.toMatchObject({ code: 'idempotency_conflict' })
        await expect(rota.enqueue(note, { text: 'x' }, { tx, in: 'soon' })).rejects.toMatchObject({
          code: 'duration_invalid',
        })
        expect(await rota.enqueue(note, { text: 'new' }, { tx, unique })).toEqual({ ...before, status: 'replaced' })
        const both = await Promise.all(
          [1, 2].map(() => rota.enqueue(note, { text: 'p' }, { tx, unique: {}, in: '1h' })),
        )
        expect(both.map(({ status }) => status)).toEqual(['created', 'duplicate'])
      })
      const { jobs } = await rota.jobs.list({})
      expect(jobs.map((job) => (job.input as { text: string }).text).sort()).toEqual(['new', 'p'])
    }))

  test('many at once, in several batches', () =>
    setting(async (rota, library) => {
      const inputs = Array.from({ length: 1_200 }, (_, n) => n)
      const options = { idempotencyKey: (n: number) => `n${n >> 1}`, in: '1h' }
      await library.transaction(async (tx) => {
        const results = await rota.enqueueMany(many, inputs.slice(0, 1_100), { tx, in: '1h' })
        expect(new Set(results.map(({ id }) => id)).size).toBe(1_100)
        const twice = await rota.enqueueMany(many, [2, 2, 4], { ...options, tx })
        expect(twice.map(({ status }) => status)).toEqual(['created', 'duplicate', 'created'])
      })
      expect((await rota.jobs.stats()).live.scheduled).toBe(1_102)
    }))

  test('what is no open transaction is refused, and nothing is stored', () =>
    setting(async (rota, library) => {
      let late: object = {}
      await library.transaction(async (tx) => {
        late = tx
      })
      for (const tx of [...library.mistakes, late, {}, [], () => {}, { query: 5 }, 5 as never, null as never]) {
        const error = await rota.enqueue(note, { text: 'x' }, { tx }).catch((error: unknown) => error)
        if (tx === late) expect(error).toBeInstanceOf(Error)
        else expect(error).toMatchObject({ code: 'tx_invalid', field: 'tx' })
      }
      expect((await rota.jobs.list({})).jobs).toEqual([])
    }))
}

/** A transaction on a handle of SQLite. */
export async function byHand(db: { exec(text: string): unknown }, work: () => Promise<void>): Promise<void> {
  db.exec('begin immediate')
  try {
    await work()
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}
