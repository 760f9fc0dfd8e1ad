/** Lists and purges as people ask for them, on every storage; what a filter means is said once more by `fits`. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions, type Storage, type } from '../../src/index.ts'
import { type Filter, formatFilter, parseFilter } from '../../src/job/filter.ts'
import { createIdMaker } from '../../src/job/id.ts'
import { priorities } from '../../src/job/priority.ts'
import { decide, finalStates } from '../../src/job/states.ts'
import type { JobRecord, NewJob } from '../../src/storage/contract.ts'
import { openStorage } from '../../src/storage/open.ts'
import { fits } from '../simulation/fits.ts'
import { gate } from '../support/condition.ts'
import { aJob } from '../support/job.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
const storages: Storage[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
  for (const storage of storages.splice(0)) await storage.close()
})

/**
 * Few and odd, so that they meet. No lone backslash: JSON.parse of this Node takes the key `"` for the key `\\` when it has just
 * read an object with that one, and then it is the test that is wrong.
 */
const word = fc.constantFrom(
  'a',
  'A',
  '42',
  '1.5',
  'true',
  '%',
  '_',
  '\\x',
  '"',
  `'`,
  '{"a":1}',
  '[]',
  'null',
  'é😀',
  '',
  '0',
  '-1',
  '01',
  '$',
  'a b',
  'a,b:c',
)
const value = fc.oneof(word, fc.constantFrom(42, 1.5, 0, -1, 1e21, true, false))
const json = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    value,
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(word, tie('any'), { maxKeys: 3 }),
  ),
})).any
const job: fc.Arbitrary<Partial<NewJob>> = fc.record({
  job: fc.constantFrom('one', 'two', 'three'),
  lane: fc.constantFrom('default', 'mail'),
  priority: fc.nat(4),
  input: fc.option(
    json.map((one) => JSON.stringify(one)),
    { nil: null, freq: 5 },
  ),
  metadata: fc.option(fc.dictionary(word, value, { minKeys: 1, maxKeys: 3 }), { nil: null, freq: 2 }),
  schedule: fc.option(
    fc.constantFrom('daily', 'hourly').map((id) => ({ id, missed: 0 })),
    { nil: null, freq: 1 },
  ),
})

const listOf = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { minLength: 1, maxLength: 3 })
const rarely = <T>(one: fc.Arbitrary<T>) =>
  fc.option(one, { nil: null, freq: 1 }).chain((first) => fc.boolean().map((yes) => (yes ? first : null)))
const moment = fc.oneof(
  fc.record({ ago: fc.nat(200) }),
  fc.record({ at: fc.constantFrom(0, Date.now() - 60_000, Date.now() + 60_000) }),
)
const filter = (ids: readonly string[]): fc.Arbitrary<Filter> =>
  fc.record({
    states: rarely(listOf(fc.constantFrom('ready', 'scheduled', 'running', ...finalStates))),
    lanes: rarely(listOf(fc.constantFrom('default', 'mail', 'none'))),
    jobs: rarely(listOf(fc.constantFrom('one', 'two', 'three', 'none', 'One'))),
    priorities: rarely(listOf(fc.constantFrom(...priorities))),
    reasons: rarely(listOf(fc.constantFrom('enough', 'snoozed', 'ENOUGH'))),
    ids: fc
      .option(listOf(fc.constantFrom(...ids)), { nil: null, freq: 1 })
      .chain((own) => fc.nat(9).map((n) => (n === 0 ? own : null))),
    flows: fc.constant(null),
    schedules: rarely(listOf(fc.constantFrom('daily', 'hourly', 'none', ''))),
    since: rarely(moment.filter((one) => 'at' in one)),
    until: rarely(moment.filter((one) => 'at' in one)),
    metadata: fc.uniqueArray(fc.record({ key: word, values: listOf(word) }), {
      maxLength: 2,
      selector: ({ key }) => key,
    }),
    input: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.uniqueArray(fc.record({ path: fc.array(word, { minLength: 1, maxLength: 2 }), values: listOf(word) }), {
        maxLength: 1,
      }),
    ),
    errors: rarely(listOf(word.filter((text) => text !== ''))),
  })

/** Jobs in every state. */
async function fill(storage: Storage): Promise<void> {
  await storage.migrate()
  const newId = createIdMaker(Date.now, () => Math.floor(Math.random() * 2 ** 32))
  const jobs = fc
    .sample(job, 150)
    .map((fields, i): NewJob => ({ ...aJob(null), ...fields, id: newId(), delay: i % 10 === 9 ? 3_600_000 : 0 }))
  for (let n = 0; n < 150; n += 30) await storage.insert(jobs.slice(n, n + 30))
  const worker = randomUUID()
  await storage.heartbeat({
    id: worker,
    name: 'test',
    lanes: ['default', 'mail'].map((name) => ({ name, concurrency: 50 })),
    jobs: ['one', 'two', 'three'],
    schedules: [],
    lease: 60_000,
  })
  const lanes = ['default', 'mail'].map((name) => ({ name, limit: 50 }))
  const claimed = await storage.claim({ worker, lanes, jobs: ['one', 'two', 'three'], suspect: false })
  const texts = fc.sample(word, claimed.length)
  const changes = claimed.slice(0, 70).map((one, i) => {
    if (i % 3 === 0) return decide(one, { kind: 'success', output: null }, () => 0)
    if (i % 3 === 1) return decide(one, { kind: 'cancel', reason: 'enough' }, () => 0)
    const error = {
      name: 'Error',
      message: `it said: ${texts[i]}`,
      ...(i % 2 === 0 && { code: texts[i + 1] as string }),
    }
    return decide(one, { kind: 'failure', error, reason: null, retryable: false }, () => 0)
  })
  await storage.apply(worker, changes)
}

onEveryStorage('filters', ({ url }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }

  test('any filter over any jobs finds what it means, in pages and through its text', async () => {
    const storage = await openStorage(url())
    storages.push(storage)
    await fill(storage)
    const every = await pagesOf(parseFilter(''))
    expect(every.length).toBe(150)
    let hits = 0
    await fc.assert(
      fc.asyncProperty(filter(every.map(({ id }) => id)), async (one) => {
        const expected = every.filter((record) => fits(one, record, 0)).map(({ id }) => id)
        hits += expected.length > 0 ? 1 : 0
        expect((await pagesOf(parseFilter(formatFilter(one)))).map(({ id }) => id)).toEqual(expected)
      }),
      { numRuns: 300 },
    )
    expect(hits).toBeGreaterThan(20) // or it would say little

    async function pagesOf(one: Filter): Promise<JobRecord[]> {
      const records: JobRecord[] = []
      for (let before: string | null = null; ; ) {
        const page: Awaited<ReturnType<Storage['list']>> = await storage.list({
          ...one,
          overFor: null,
          before,
          limit: 40,
        })
        records.push(...page.jobs)
        if (page.next === null) return records
        before = page.next
      }
    }
  }, 60_000)

  const mail = defineJob({
    id: 'mail',
    input: type<{ to: string; parts?: { size: number }[] }>(),
    metadata: { team: 'a b' },
    retries: 0,
    run: ({ to }) => {
      if (to === 'nobody') throw new Error(`ECONN refused by "${to}"`)
    },
  })

  test('a list takes a text or an object, and says what it does not understand', async () => {
    const rota = rotaWith({ jobs: [mail] })
    await rota.start()
    const stored = await rota.enqueueMany(mail, [{ to: 'ada', parts: [{ size: 42 }] }, { to: 'nobody' }])
    const [ada, nobody] = stored.map(({ id }) => id) as [string, string]
    await rota.result(ada)
    await rota.result(nobody).catch(() => {})
    const list = async (one: Parameters<Rota['jobs']['list']>[0]) =>
      (await rota.jobs.list(one)).jobs.map(({ id }) => id)
    expect(await list({ filter: 'error:"econn REFUSED by \\"nobody\\"" metadata.team:"a b"' })).toEqual([nobody])
    expect(await list({ filter: { error: ['x', 'econn'], metadata: { team: 'a b' }, state: 'failed' } })).toEqual([
      nobody,
    ])
    expect(await list({ filter: 'input.parts.0.size:42' })).toEqual([ada])
    expect(await list({ filter: { input: { 'parts.0.size': [41, 42] }, since: new Date(0), until: 0 } })).toEqual([ada])
    expect(await list({ filter: { until: '1h' } })).toEqual([])
    await expect(rota.jobs.list({ filter: 'stat:failed' })).rejects.toMatchObject({
      code: 'option_unknown',
      field: 'filter',
    })
    await expect(rota.jobs.list({ filter: { state: 'faild' as 'failed' } })).rejects.toThrow('did you mean "failed"?')
    await expect(rota.jobs.list({ filter: 'error:"open' })).rejects.toThrow('opens a quote that nothing closes')
  })

  test('a call looks through so many jobs and no more, unless an index leads to them', async () => {
    const note = defineJob({ id: 'note', input: type<{ n: number }>(), run: () => {} })
    const rare = defineJob({ id: 'rare', input: type<{ n: number }>(), metadata: { n: 7 }, run: () => {} })
    const storage = await openStorage(url())
    const rota = rotaWith({ storage, jobs: [note, rare] })
    const old = await rota.enqueueMany(rare, [{ n: 1 }, { n: 2 }], { in: '1h' })
    const many = await rota.enqueueMany(
      note,
      Array.from({ length: 25_000 }, () => ({ n: 1 })),
      { in: '1h' },
    )
    const first = (one: string) => rota.jobs.list({ filter: one })
    const both = async (one: string) => {
      const page = await first(one)
      expect([page.jobs.map(({ id }) => id), page.next]).toEqual([[old[1]?.id, old[0]?.id], null])
    }
    const short = await first('input.n:2')
    expect([short.jobs, short.next]).toEqual([[], expect.any(String)])
    const rest = await rota.jobs.list({ filter: 'input.n:2', cursor: short.next as string })
    expect([rest.jobs.map(({ id }) => id), rest.next]).toEqual([[old[1]?.id], null])

    const all = [...old, ...many].map(({ id }) => id)
    for (let n = 0; n < all.length; n += 5_000)
      await storage.edit(all.slice(n, n + 5_000), { kind: 'cancel', reason: 'x' })
    expect(await first('input.n:2')).toMatchObject({ jobs: [], next: expect.any(String) })
    await both('job:rare input.n:1,2')
    await both('metadata.n:7 input.n:1,2')
    await both('metadata.n:7 lane:default state:cancelled')
  }, 60_000)

  test('a purge deletes what is over for long enough, in batches, and counts only when it is dry', async () => {
    const began = gate()
    const wait = defineJob({
      id: 'wait',
      run: (_, ctx) => {
        began.open()
        return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
      },
    })
    const rota = rotaWith({ jobs: [mail, wait] })
    const stored = await rota.enqueueMany(
      mail,
      Array.from({ length: 1_200 }, () => ({ to: 'ada' })),
      { in: '1h' },
    )
    for (const { id } of stored.slice(0, 3)) await rota.jobs.cancel(id, { reason: 'by hand' })
    const storage = await openStorage(url())
    storages.push(storage)
    if (!url().includes(':memory:'))
      await storage.edit(
        stored.map(({ id }) => id),
        { kind: 'cancel', reason: 'all' },
      )
    else for (const { id } of stored) await rota.jobs.cancel(id)
    const open = await rota.enqueue(mail, { to: 'bob' }, { in: '1h' })
    await rota.start()
    const running = await rota.enqueue(wait)
    await began.opened
    expect(await rota.jobs.purge({ olderThan: '1h' })).toEqual({ found: 0, deleted: 0, more: false })
    expect(await rota.jobs.purge({ olderThan: 0, state: ['failed', 'expired'] })).toMatchObject({ found: 0 })
    const sofar: number[] = []
    expect(await rota.jobs.purge({ olderThan: 0, dryRun: true, onProgress: ({ found }) => sofar.push(found) })).toEqual(
      {
        found: 1_200,
        deleted: 0,
        more: false,
      },
    )
    expect(sofar).toEqual([500, 1_000, 1_200])
    expect(await rota.jobs.purge({ olderThan: 0, filter: { reason: 'by hand' } })).toEqual({
      found: 3,
      deleted: 3,
      more: false,
    })
    expect(await rota.jobs.purge({ olderThan: 0, filter: 'state:cancelled job:mail', limit: 600 })).toEqual({
      found: 600,
      deleted: 600,
      more: true,
    })
    const stop = new AbortController()
    const ended = rota.jobs.purge({ olderThan: 0, signal: stop.signal, onProgress: () => stop.abort() })
    await expect(ended).rejects.toMatchObject({ code: 'aborted' })
    expect((await rota.jobs.stats()).finished.cancelled).toBe(97)
    expect(await rota.jobs.purge({ olderThan: 0 })).toEqual({ found: 97, deleted: 97, more: false })
    expect((await rota.jobs.list()).jobs.map(({ id }) => id)).toEqual([running.id, open.id])
  })

  test('what was retried after it was listed stays', async () => {
    const storage = await openStorage(url())
    const rota = rotaWith({ storage, jobs: [mail] })
    const stored = await rota.enqueueMany(mail, [{ to: 'ada' }, { to: 'bob' }], { in: '1h' })
    const [ada, bob] = stored.map(({ id }) => id) as [string, string]
    for (const id of [ada, bob]) await rota.jobs.cancel(id)
    const list = storage.list
    storage.list = async (query) => {
      const page = await list(query)
      await storage.edit([bob], { kind: 'retry' })
      return page
    }
    expect(await rota.jobs.purge({ olderThan: 0 })).toEqual({ found: 2, deleted: 1, more: false })
    expect(await rota.job(ada)).toBeNull()
    expect(await rota.job(bob)).toMatchObject({ state: 'ready' })
  })

  test('a purge is refused that does not say what it means', async () => {
    const rota = rotaWith()
    const purge = (options: object) => rota.jobs.purge(options as Parameters<Rota['jobs']['purge']>[0])
    await expect(purge({})).rejects.toMatchObject({ code: 'option_invalid', field: 'olderThan' })
    await expect(purge({ olderThan: 'old' })).rejects.toMatchObject({ code: 'duration_invalid' })
    await expect(purge({ olderThan: '1d', state: 'ready' })).rejects.toMatchObject({
      code: 'option_invalid',
      field: 'state',
    })
    await expect(purge({ olderThan: '1d', filter: 'state:ready,failed' })).rejects.toThrow('"ready" is not allowed')
    await expect(purge({ olderThan: '1d', filter: 'state:failed', state: 'failed' })).rejects.toMatchObject({
      field: 'state',
    })
    await expect(purge({ olderThan: '1d', limit: 0 })).rejects.toMatchObject({ field: 'limit' })
    await expect(purge({ oldrThan: '1d' })).rejects.toThrow('did you mean "olderThan"?')
  })
})
