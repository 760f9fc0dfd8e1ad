/** A list finds what its filter asks for, all of it and nothing else, whatever stands in the jobs. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Filter } from '../../job/filter.ts'
import type { JobPage, ListQuery, NewJob, Storage } from '../../storage/contract.ts'
import { type Cases, everything, failure, type Kit, minute } from './kit.ts'

/** Ids of all pages, newest first. */
async function found(storage: Storage, filter: Partial<ListQuery>, limit = 100): Promise<string[]> {
  const ids: string[] = []
  for (let before: string | null = null; ; ) {
    const page: JobPage = await storage.list({ ...everything, ...filter, before, limit })
    ok(page.jobs.length <= limit)
    ok(page.next === null || before === null || page.next < before, 'a cursor goes on')
    ids.push(...page.jobs.map(({ id }) => id))
    if (page.next === null) return ids
    before = page.next
  }
}

/** What does not break out of its quotes, its pattern, its path or its object. */
const hostile = [
  `'; drop table jobs; --`,
  '"quoted" \\" \\\\ \\',
  '%_*?[a-z]$.*',
  '{"a":1}',
  '[1]',
  'null',
  '__proto__',
  'ünïcödé 😀 \u2028',
  ' spaces ',
  '',
  '$',
  '$.a[0]."b"',
  '[0]',
  '-1',
  '01',
  '#-1',
]

const only = (job: NewJob) => [job.id]

async function fail(kit: Kit, job: NewJob, message: string, code?: string): Promise<void> {
  await kit.storage.insert([job])
  const me = await kit.worker()
  const [claimed] = await kit.claim(me)
  ok(claimed?.id === job.id)
  const error = { name: 'HttpError', message, stack: `HttpError: ${message}\n at stack`, ...(code && { code }) }
  deepEqual(await kit.finish(me, claimed, { ...failure, error, retryable: false }), [])
}

export const filtering: Cases = {
  async 'a filter by the columns of a job'({ storage, job, worker, claim, finish, pass }) {
    const first = job({ lane: 'mail', priority: 0 })
    const second = job({ job: 'other', lane: 'mail', priority: 4 })
    const third = job({ priority: 4 })
    await storage.insert([first, second, third])
    await storage.edit([third.id], { kind: 'cancel', reason: "it's 100 % _enough_" })
    const me = await worker({ lanes: ['mail'] })
    const [claimed] = await claim(me, 1, 'mail')
    ok(claimed)
    const list = (filter: Partial<Filter>) => found(storage, filter)
    deepEqual(await list({ priorities: ['veryLow'] }), [third.id, second.id])
    deepEqual(await list({ priorities: ['veryLow', 'critical'], lanes: ['mail'] }), [second.id, first.id])
    deepEqual(await list({ reasons: ["it's 100 % _enough_"] }), only(third))
    deepEqual(await list({ reasons: ["it's 100 % _ENOUGH_", 'enough'] }), [])
    deepEqual(await list({ ids: [third.id, first.id, '00000000-0000-7000-8000-000000000000'] }), [third.id, first.id])
    deepEqual(await list({ ids: [third.id, first.id], states: ['running'] }), only(first))
    deepEqual(await list({ states: ['running', 'cancelled'] }), [third.id, first.id])
    deepEqual(await list({ states: ['running', 'ready'], lanes: ['mail'] }), [second.id, first.id])
    deepEqual(await list({ flows: [first.id] }), [])
    deepEqual(await list({ flows: [1, 2, 3, 4, 5].map((n) => first.id.replace(/.$/, String(n))) }), [])
    for (const text of hostile) {
      deepEqual(await list({ lanes: [text] }), [])
      deepEqual(await list({ jobs: [text] }), [])
      deepEqual(await list({ reasons: [text] }), [])
    }
    await finish(me, claimed)
    pass(10)
    deepEqual(await list({ jobs: ['greet'], states: ['succeeded', 'cancelled'] }), [third.id, first.id])
    deepEqual(await list({ jobs: ['greet', 'other', 'a', 'b', 'c'] }), [third.id, second.id, first.id])
  },

  async 'runs of a schedule are found wherever they are'({ storage, job, worker, claim, finish }) {
    const of = (id: string, lane = 'default') => job({ schedule: { id, missed: 0 }, lane })
    const first = of('daily')
    const second = of('daily', 'mail')
    const other = of('hourly')
    const byHand = job({ schedule: { id: 'daily', missed: null } })
    const odd = hostile.map((id) => of(id))
    await storage.insert([first, second, other, byHand, ...odd, job()])
    const me = await worker()
    const [claimed, running] = await claim(me, 2)
    ok(claimed && running)
    await finish(me, claimed)
    const list = (filter: Partial<ListQuery>, limit?: number) => found(storage, filter, limit)
    const daily = [byHand.id, second.id, first.id]
    deepEqual(await list({ schedules: ['daily'] }), daily)
    deepEqual(await list({ schedules: ['daily'] }, 1), daily)
    deepEqual(await list({ schedules: ['hourly', 'daily', 'Daily'] }), [byHand.id, other.id, second.id, first.id])
    deepEqual(await list({ schedules: ['a', 'b', 'c', 'd', 'daily'] }), daily)
    deepEqual(await list({ schedules: ['daily'], lanes: ['mail'] }), only(second))
    deepEqual(await list({ schedules: ['daily'], states: ['succeeded', 'failed'] }), only(first))
    deepEqual(await list({ schedules: ['hourly'], states: ['running'] }), only(other))
    deepEqual(await list({ schedules: ['daily'], ids: [other.id, first.id] }), only(first))
    deepEqual(await list({ schedules: ['daily'], flows: [first.id] }), [])
    for (const [i, id] of hostile.entries()) deepEqual(await list({ schedules: [id] }), only(odd[i] as NewJob))
  },

  async 'jobs that are set aside have their reason'({ storage, job, worker }) {
    await worker()
    const unknown = job({ job: 'unknown' })
    await storage.insert([job(), unknown])
    await storage.setAside(10)
    deepEqual(await found(storage, { reasons: ['job_unknown'] }), only(unknown))
    deepEqual(await found(storage, { reasons: ['job_unknown'], states: ['ready'] }), only(unknown))
  },

  async 'since and until go by the clock of the database, whatever the ids say'({ storage, job, pass, now }) {
    const early = job()
    const slow = job()
    await storage.insert([early])
    pass(30 * minute)
    await storage.insert([slow]) // its id is half an hour old
    pass(10 * minute)
    const late = job()
    await storage.insert([late])
    const list = (filter: Partial<Filter>) => found(storage, filter)
    deepEqual(await list({ since: { ago: 10 * minute } }), [late.id, slow.id])
    deepEqual(await list({ since: { ago: 10 * minute - 1 } }), only(late))
    deepEqual(await list({ until: { ago: 10 * minute } }), only(early))
    deepEqual(await list({ until: { ago: 10 * minute - 1 } }), [slow.id, early.id])
    deepEqual(await list({ since: { at: now() - 10 * minute }, until: { at: now() } }), only(slow))
    deepEqual(await list({ since: { at: 8e15 } }), [])
    deepEqual(await list({ until: { at: -8e15 } }), [])
    deepEqual(await list({ since: { at: -8e15 }, until: { at: 8e15 } }), [late.id, slow.id, early.id])
  },

  async 'metadata is found by its words, while a job waits, when it is over, and not when it is gone'(kit) {
    const { storage, job, worker, claim, finish, pass } = kit
    const number = job({ metadata: { n: 42, team: 'a b', float: 1.5, big: 1e21 } })
    const text = job({ metadata: { n: '42', urgent: true, '__proto__ ': 'x' } })
    const other = job({ metadata: { n: 43, urgent: 'true' } })
    const none = job()
    await storage.insert([number, text, other, none])
    const has = (key: string, ...values: string[]) => found(storage, { metadata: [{ key, values }] })
    const check = async (gone: readonly NewJob[] = []) => {
      const without = (...jobs: NewJob[]) => jobs.filter((one) => !gone.includes(one)).map(({ id }) => id)
      deepEqual(await has('n', '42'), without(text, number))
      deepEqual(await has('n', '43', 'x', 'y'), without(other))
      deepEqual(await has('n', '42', '43'), without(other, text, number))
      deepEqual(await has('n', '42.0'), [])
      deepEqual(await has('float', '1.5'), without(number))
      deepEqual(await has('big', '1e+21'), without(number))
      deepEqual(await has('urgent', 'true'), without(other, text))
      deepEqual(await has('urgent', '1'), [])
      deepEqual(await has('team', 'a'), [])
      deepEqual(await has('N', '42'), [])
      const both = [
        { key: 'n', values: ['42'] },
        { key: 'urgent', values: ['true', 'false'] },
      ]
      deepEqual(await found(storage, { metadata: both }), without(text))
      for (const key of hostile) deepEqual(await has(key, ...hostile), [])
    }
    await check()
    const me = await worker()
    const claimed = await claim(me)
    await check()
    for (const one of claimed) await finish(me, one, failure.error && { ...failure, retryable: false })
    await check()
    deepEqual(await found(storage, { states: ['failed'], metadata: [{ key: 'n', values: ['42'] }] }), [
      text.id,
      number.id,
    ])
    await storage.edit([number.id], { kind: 'retry' })
    await check()
    await storage.edit([number.id], { kind: 'delete' })
    await check([number])
    pass(31 * 1440 * minute)
    while (await storage.purge(100));
    await check([number, text, other])
    await storage.insert([number]) // the same again
    deepEqual(await has('n', '42'), only(number))
  },

  async 'metadata may hold anything'({ storage, job, worker, claim, finish }) {
    const keys = hostile.filter((key) => key !== '__proto__')
    const jobs = hostile.map((text) => job({ metadata: Object.fromEntries(keys.map((key) => [key, text])) }))
    await storage.insert(jobs)
    const check = async () => {
      for (const [i, text] of hostile.entries()) {
        const metadata = keys.map((key) => ({ key, values: [text] }))
        deepEqual(await found(storage, { metadata }), only(jobs[i] as NewJob))
      }
    }
    await check()
    const me = await worker()
    for (const one of await claim(me)) await finish(me, one)
    await check()
  },

  async 'input is found by its path, and other shapes do not matter'({ storage, job }) {
    const inputs: readonly unknown[] = [
      { items: [{ sku: 'A1' }, { sku: 42 }], user: { id: '42', on: true } },
      { items: { 0: { sku: 'A1' }, '-1': 'minus', '01': 'zero' }, user: 42 },
      { items: 'A1', user: { id: 42, on: 'true', deep: { a: 1 } } },
      ['A1', { sku: null }],
      'A1',
      42,
      null,
      { user: { id: { id: 42 } }, items: [] },
      Object.fromEntries(hostile.filter((key) => key !== '__proto__').map((key) => [key, { [`${key} `]: key }])),
    ]
    const jobs = [...inputs.map((input) => job({ input: JSON.stringify(input) })), job({ input: null })]
    await storage.insert(jobs)
    const at = (path: string, ...values: string[]) =>
      found(storage, { input: [{ path: path.split('.'), values }] }).then((ids) =>
        ids.map((id) => jobs.findIndex((one) => one.id === id)).reverse(),
      )
    deepEqual(await at('items.0.sku', 'A1'), [0, 1])
    deepEqual(await at('items.1.sku', '42'), [0])
    deepEqual(await at('items', 'A1'), [2])
    deepEqual(await at('0', 'A1'), [3])
    deepEqual(await at('user.id', '42'), [0, 2])
    deepEqual(await at('user.on', 'true'), [0, 2])
    deepEqual(await at('user.on', '1'), [])
    deepEqual(await at('user', '42', 'nobody'), [1])
    deepEqual(await at('items.-1', 'minus'), [1])
    deepEqual(await at('items.01', 'zero'), [1])
    deepEqual(await at('1.sku', 'null'), [])
    deepEqual(await at('user.id', '{"id":42}'), [])
    deepEqual(await at('user.id', '{"id":42}', '42'), [0, 2]) // a number beside what looks like an object
    deepEqual(await at('user.deep', '{"a":1}', '{"a": 1}'), [])
    deepEqual(await at('items', '[]'), [])
    for (const key of hostile) {
      const path = [key, `${key} `]
      const expected = key === '__proto__' ? [] : [jobs[8]?.id]
      deepEqual(await found(storage, { input: [{ path, values: [key] }] }), expected)
    }
  },

  async 'an error is found by a part of its message, name or code'(kit) {
    const { storage, job } = kit
    const first = job()
    await fail(kit, first, 'connect ECONNREFUSED 10.0.0.1', 'E_DOWN')
    const second = job()
    await fail(kit, second, `50 % of "x_y" C:\\new {"a":1} 'straße' ÄÖ`)
    await storage.insert([job()])
    const has = (...errors: string[]) => found(storage, { errors })
    deepEqual(await has('econn'), only(first))
    deepEqual(await has('ECONNREFUSED 10'), only(first))
    deepEqual(await has('e_down'), only(first))
    deepEqual(await has('httpERROR'), [second.id, first.id])
    deepEqual(await has('at stack'), [])
    for (const text of ['50 %', 'X_Y', 'c:\\NEW', '{"a":1}', `'straße'`, 'ÄÖ']) deepEqual(await has(text), only(second))
    for (const text of ['5_ %', '%x', 'xxy', '\\\\', 'c:\new']) deepEqual(await has(text), [])
    deepEqual(await has('nothing', 'econn'), only(first))
    deepEqual(await found(storage, { errors: ['http'], states: ['ready', 'succeeded'] }), [])
  },

  async 'how long a job is over counts from its end'({ storage, job, worker, claim, finish, pass }) {
    const [early, late, open] = [job(), job(), job({ lane: 'other' })]
    await storage.insert([early, late, open])
    const me = await worker({ lease: 1440 * minute })
    const [first] = await claim(me, 1)
    ok(first)
    pass(180 * minute)
    const [second] = await claim(me, 1)
    ok(second)
    await finish(me, first)
    pass(5 * minute)
    await finish(me, second)
    pass(10 * minute)
    const over = (overFor: number) => found(storage, { overFor })
    deepEqual(await over(15 * minute), [first.id])
    deepEqual(await over(15 * minute + 1), [])
    deepEqual(await over(10 * minute), [second.id, first.id])
    deepEqual(await found(storage, { overFor: 0, states: ['ready', 'failed'] }), [])
  },

  async 'a purge takes only what is over'({ storage, job, worker, claim, finish }) {
    const jobs = [job(), job(), job({ delay: minute })]
    await storage.insert(jobs)
    const me = await worker()
    const [first, second] = await claim(me)
    ok(first && second)
    await finish(me, first)
    const ids = jobs.map(({ id }) => id)
    deepEqual(
      (await storage.edit(ids, { kind: 'purge' })).map(({ from }) => from),
      [first, second, jobs[2]].map((one) => (one === first ? 'succeeded' : one === second ? 'running' : 'scheduled')),
    )
    deepEqual(await found(storage, {}), ids.slice(1).reverse())
  },

  async 'what lies far back is found, page by page'({ storage, job }) {
    const rare = { lane: 'rare', metadata: { at: 'the end' }, schedule: { id: 'rare', missed: 0 } }
    const old = Array.from({ length: 3 }, () => job(rare))
    await storage.insert(old)
    for (let n = 0; n < 25_000; n += 1_000) await storage.insert(Array.from({ length: 1_000 }, () => job()))
    const ids = old.map(({ id }) => id).reverse()
    deepEqual(await found(storage, { lanes: ['rare'] }), ids)
    deepEqual(await found(storage, { lanes: ['rare'] }, 1), ids)
    deepEqual(await found(storage, { schedules: ['rare'] }, 2), ids)
    deepEqual(await found(storage, { schedules: ['rare', 'b', 'c', 'd', 'e'], lanes: ['rare'] }), ids)
    deepEqual(await found(storage, { metadata: [{ key: 'at', values: ['the end'] }] }, 2), ids)
    deepEqual(await found(storage, { input: [{ path: ['n'], values: ['2'] }] }), [])
    equal((await storage.list({ ...everything, lanes: ['rare', 'default'] })).jobs.length, 100)
  },
}
