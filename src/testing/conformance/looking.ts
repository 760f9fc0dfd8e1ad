/** What is stored can be looked at. */
import { deepEqual, equal } from 'node:assert/strict'
import { allStates } from '../../job/states.ts'
import type { ClaimedJob, JobPage, ListQuery, NewJob } from '../../storage/contract.ts'
import { type Cases, eventually, everything, failure } from './kit.ts'

export const looking: Cases = {
  async 'lists filter and page over what runs and what is over'({ storage, job, worker, claim, finish, pass, now }) {
    const jobs: NewJob[] = []
    for (let i = 0; i < 12; i++) {
      jobs.push(
        job({ lane: i % 2 === 0 ? 'even' : 'odd', job: i % 3 === 0 ? 'three' : 'greet', delay: i === 11 ? 1_000 : 0 }),
      )
      pass(10)
      await storage.insert([jobs[i] as NewJob])
    }
    const me = await worker()
    const [first, second, third] = (await claim(me, 3, 'odd')) as [ClaimedJob, ClaimedJob, ClaimedJob]
    await finish(me, first)
    await finish(me, second, { ...failure, retryable: false })
    const ids = (states: ListQuery['states']) =>
      storage.list({ ...everything, states }).then(({ jobs: found }) => found.map((record) => record.id))
    deepEqual(await ids(null), jobs.map((one) => one.id).reverse())
    deepEqual(await ids(['succeeded']), [first.id])
    deepEqual(await ids(['failed']), [second.id])
    deepEqual(await ids(['running']), [third.id])
    deepEqual(await ids(['scheduled']), [jobs[11]?.id])
    deepEqual(new Set(await ids(['succeeded', 'running'])), new Set([first.id, third.id]))
    equal((await ids(['ready'])).length, 8)
    equal((await ids([...allStates])).length, 12)
    deepEqual(await ids([]), [])
    const three = await storage.list({ ...everything, jobs: ['three'], lanes: ['even'] })
    deepEqual(
      three.jobs.map((record) => record.id),
      [jobs[6]?.id, jobs[0]?.id],
    )
    equal((await storage.list({ ...everything, since: { at: now() - 20 } })).jobs.length, 3)
    equal((await storage.list({ ...everything, since: { ago: 30 } })).jobs.length, 4)
    const paged: string[] = []
    for (let before: string | null = null; ; ) {
      const page: JobPage = await storage.list({ ...everything, before, limit: 5 })
      paged.push(...page.jobs.map((record) => record.id))
      before = page.next
      if (before === null) break
    }
    deepEqual(paged, jobs.map((one) => one.id).reverse())
    deepEqual(await storage.stats(), {
      live: { blocked: 0, scheduled: 1, ready: 8, running: 1 },
      finished: { succeeded: 1, failed: 1, cancelled: 0, expired: 0 },
    })
  },

  async 'upkeep changes nothing that can be seen, also beside others'({
    subject,
    storage,
    connect,
    job,
    worker,
    claim,
  }) {
    const other = subject.shared ? await connect() : storage
    const jobs = Array.from({ length: 200 }, () => job({ input: JSON.stringify('x'.repeat(100_000)) }))
    const me = await worker()
    await storage.insert(jobs)
    const [claimed] = await Promise.all([claim(me, 200), storage.upkeep(), other.upkeep(), storage.insert([job()])])
    equal(claimed.length, 200)
    deepEqual(
      (await other.get(jobs.map((one) => one.id))).map((one) => one.input).sort(),
      jobs.map((one) => one.input),
    )
    equal((await storage.held(me)).length, 200)
  },

  async 'others hear of new jobs'({ subject, storage, connect, job }) {
    if (!subject.shared) return
    const other = await connect()
    let woken = 0
    const stop = await other.subscribe(() => {
      woken++
    })
    const before = woken
    await eventually(async () => {
      await storage.insert([job()])
      return woken > before
    })
    await stop()
  },
}
