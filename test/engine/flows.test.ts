/** Jobs that wait for others, as applications use them. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { createRota, defineJob, type JobId, RotaError, type } from '../../src/index.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const charge = defineJob({
  id: 'charge',
  input: type<{ amount: number }>(),
  run: ({ amount }) => ({ receipt: amount * 2 }),
})
const ship = defineJob({
  id: 'ship',
  input: type<{ to: string }>(),
  async run({ to }, ctx) {
    const { receipt } = await ctx.parent(charge)
    return `${to} has paid ${receipt}`
  },
})
const broken = defineJob({
  id: 'broken',
  retries: 0,
  run() {
    throw new Error('out of paper')
  },
})
const report = defineJob({
  id: 'report',
  async run(_, ctx) {
    const parents = await ctx.parents()
    return parents.map(({ job, state, error }) => [job, state, error?.message].filter(Boolean).join(' '))
  },
})
const spawning = defineJob({
  id: 'spawning',
  async run(_, ctx) {
    const { id } = await ctx.enqueue(charge, { amount: 5 }, { after: ctx.id as JobId, priority: 'high' })
    return id
  },
})
const jobs = [charge, ship, broken, report, spawning]

const code = (wanted: string) => expect.objectContaining({ code: wanted })

onEveryStorage('dependencies', (place) => {
  const open = () =>
    createRota({ storage: place.url(), jobs, poll: '50ms', defaults: { backoff: { type: 'fixed', delay: 10 } } })

  test('a job runs after those it waits for, and has their output', async () => {
    await using rota = open()
    await rota.start()
    const paid = await rota.enqueue(charge, { amount: 21 })
    const sent = await rota.enqueue(ship, { to: 'Ada' }, { after: paid })
    expect(await rota.result(sent.id)).toBe('Ada has paid 42')
    const late = await rota.enqueue(ship, { to: 'Bob' }, { after: [paid.id] })
    expect(await rota.result(late.id)).toBe('Bob has paid 42')
  })

  test('a flow is stored whole and its results are typed', async () => {
    await using rota = open()
    const order = await rota.flow('order', (f) => {
      const paid = f.job(charge, { amount: 1 })
      const sent = f.job(ship, { to: 'Ada' }, { after: paid })
      const told = f.job(report, undefined, { after: [paid, { id: sent.id, onParentFail: 'run' }] })
      return { paid, sent, told }
    })
    expectTypeOf(order.jobs.paid).toEqualTypeOf<JobId<{ receipt: number }>>()
    expectTypeOf(rota.result(order.jobs.sent)).resolves.toEqualTypeOf<string>()
    expect((await rota.flows.list({ name: 'order' })).flows).toMatchObject([
      { id: order.id, state: 'running', counts: { ready: 1, blocked: 2 } },
    ])
    await rota.start()
    expect(await rota.result(order.jobs.told)).toEqual(['charge succeeded', 'ship succeeded'])
    const flow = await rota.flows.get(order.id)
    expect(flow?.state).toBe('succeeded')
    expect(flow?.jobs.map(({ job }) => job)).toEqual(['charge', 'ship', 'report'])
    expect(flow?.edges.every(({ open }) => !open)).toBe(true)
    expect((await rota.jobs.parents(order.jobs.told)).map(({ job }) => job.job)).toEqual(['charge', 'ship'])
    expect((await rota.jobs.children(order.jobs.paid)).map(({ job }) => job.job)).toEqual(['ship', 'report'])
  })

  test('a failed parent ends, releases or holds up what waits for it', async () => {
    await using rota = open()
    const { id, jobs: own } = await rota.flow('bad', (f) => {
      const parent = f.job(broken)
      return {
        parent,
        cancelled: f.job(ship, { to: 'A' }, { after: parent }),
        run: f.job(report, undefined, { after: parent, onParentFail: 'run' }),
        wait: f.job(report, undefined, { after: parent, onParentFail: 'wait' }),
      }
    })
    await rota.start()
    expect(await rota.result(own.run)).toEqual(['broken failed out of paper'])
    await expect(rota.result(own.cancelled)).rejects.toThrow(/cancelled.*parent_failed/)
    expect((await rota.job(own.wait))?.state).toBe('blocked')
    expect((await rota.flows.get(id))?.state).toBe('stuck')
    expect((await rota.flows.cancel(id, { reason: 'enough' })).changed).toBe(1)
    expect(await rota.job(own.wait)).toMatchObject({ state: 'cancelled', reason: 'enough' })
    expect((await rota.flows.get(id))?.state).toBe('failed')
  })

  test('a retry of a flow does again what did not succeed, in order', async () => {
    let fixed = false
    const runs: string[] = []
    const fragile = defineJob({
      id: 'fragile',
      retries: 0,
      run() {
        runs.push('fragile')
        if (!fixed) throw new Error('not yet')
        return 'now'
      },
    })
    const first = defineJob({ id: 'first', run: () => void runs.push('first') })
    const last = defineJob({
      id: 'last',
      async run(_, ctx) {
        runs.push('last')
        return ctx.parent(fragile)
      },
    })
    await using rota = createRota({ storage: place.url(), jobs: [first, fragile, last], poll: '50ms' })
    await rota.start()
    const flow = await rota.flow('fragile', (f) => {
      const one = f.job(first)
      const two = f.job(fragile, undefined, { after: one })
      return { last: f.job(last, undefined, { after: [one, two] }) }
    })
    await expect(rota.result(flow.jobs.last)).rejects.toThrow('parent_failed')
    expect((await rota.jobs.retry(flow.jobs.last)).status).toBe('blocked')
    fixed = true
    expect((await rota.flows.retry(flow.id)).changed).toBe(1)
    expect(await rota.result(flow.jobs.last)).toBe('now')
    expect(runs).toEqual(['first', 'fragile', 'fragile', 'last'])
    expect((await rota.flows.get(flow.id))?.state).toBe('succeeded')
  })

  test('a running job enqueues others, also some that wait for itself, in its flow', async () => {
    await using rota = open()
    await rota.start()
    const { id, jobs: own } = await rota.flow('spawn', (f) => ({ parent: f.job(spawning) }))
    const child = (await rota.result(own.parent)) as JobId
    expect(await rota.result(child)).toEqual({ receipt: 10 })
    expect((await rota.flows.get(id))?.jobs.map(({ job }) => job)).toEqual(['spawning', 'charge'])
  })

  test('a handler whose try is over enqueues nothing more', async () => {
    const over = gate()
    const refused = gate()
    let error: unknown
    const slow = defineJob({
      id: 'slow',
      retries: 0,
      timeout: 50,
      async run(_, ctx) {
        await over.opened
        await ctx.enqueue(charge, { amount: 1 }).catch((reason) => {
          error = reason
        })
        refused.open()
      },
    })
    await using rota = createRota({ storage: place.url(), jobs: [slow, charge] })
    await rota.start()
    const { id } = await rota.enqueue(slow)
    await expect(rota.result(id)).rejects.toThrow('timeout')
    over.open()
    await refused.opened
    expect(error).toEqual(code('lease_lost'))
    expect((await rota.jobs.list()).jobs).toHaveLength(1)
  })

  test('what cannot be is refused with a reason, and nothing is stored', async () => {
    await using rota = open()
    const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
    await expect(rota.enqueue(report, undefined, { after: nobody })).rejects.toEqual(code('parent_not_found'))
    await expect(rota.enqueue(report, undefined, { after: '5m' })).rejects.toThrow('`in: "5m"`')
    await expect(rota.enqueue(report, undefined, { onParentFail: 'run' })).rejects.toEqual(code('option_invalid'))
    await expect(
      rota.flow('half', (f) => {
        f.job(charge, { amount: 1 })
        f.job(report, undefined, { after: nobody })
      }),
    ).rejects.toEqual(code('parent_not_found'))
    await expect(
      rota.flow('circle', (f) => {
        const one = f.job(report)
        const two = f.job(report, undefined, { after: one })
        f.after(one, two)
      }),
    ).rejects.toThrow('report (job 1) → report (job 2) → report (job 1)')
    await expect(rota.flow('empty', () => {})).rejects.toEqual(code('option_invalid'))
    await expect(rota.flow('late', async (f) => void f.job(report))).rejects.toThrow('async')
    await expect(rota.flows.cancel(nobody)).rejects.toEqual(code('flow_not_found'))
    expect((await rota.jobs.list()).jobs).toEqual([])
  })

  test('a job that others wait for is not deleted under them', async () => {
    await using rota = open()
    const paid = await rota.enqueue(charge, { amount: 1 }, { in: '1h' })
    const sent = await rota.enqueue(ship, { to: 'A' }, { after: paid })
    await expect(rota.jobs.delete(paid.id)).rejects.toEqual(code('job_needed'))
    await rota.jobs.cancel(paid.id)
    const waiting = await rota.enqueue(report, undefined, { after: paid, onParentFail: 'wait' })
    await expect(rota.jobs.delete(paid.id)).rejects.toEqual(code('job_needed'))
    expect(await rota.jobs.purge({ olderThan: 0, filter: 'job:charge' })).toMatchObject({ found: 1, deleted: 0 })
    await rota.jobs.delete(waiting.id)
    const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
    expect(await rota.jobs.delete([paid.id, nobody])).toMatchObject([{ status: 'deleted' }, { status: 'not_found' }])
    const [next, last] = [await rota.enqueue(charge, { amount: 1 }, { in: '1h' }), sent]
    await rota.jobs.delete(last.id)
    const child = await rota.enqueue(ship, { to: 'A' }, { after: next })
    expect(await rota.jobs.delete([next.id])).toEqual([{ id: next.id, status: 'needed' }])
    expect((await rota.jobs.delete([next.id, child.id])).map(({ status }) => status)).toEqual(['deleted', 'deleted'])
    expect((await rota.jobs.list()).jobs).toEqual([])
  })

  test('explain names the parent because of which a job was cancelled, and what helps', async () => {
    await using rota = open()
    await rota.start()
    const parent = await rota.enqueue(broken)
    const child = await rota.enqueue(ship, { to: 'A' }, { after: parent })
    await expect(rota.result(child.id)).rejects.toThrow('parent_failed')
    const [why] = (await rota.jobs.explain(child.id)).waitsFor
    expect(why?.message).toContain(`${parent.id} (broken), which failed (out of paper)`)
    expect(why?.command).toBe(`rota jobs retry ${parent.id} ${child.id}`)
  })

  test('what belongs to the flow is refused at its jobs', async () => {
    await using rota = open()
    for (const option of ['tx', 'wake', 'signal', 'cluster', 'idempotencyKey'])
      await expect(rota.flow('no', (f) => void f.job(report, undefined, { [option]: 'x' }))).rejects.toEqual(
        code('option_unknown'),
      )
    expect((await rota.flows.list()).flows).toEqual([])
  })

  test('a job of a flow that an earlier one stands for is waited for in its place', async () => {
    const one = defineJob({ id: 'one', unique: { key: () => 'always' }, run: () => 1 })
    await using rota = createRota({ storage: place.url(), jobs: [one, report] })
    const first = await rota.enqueue(one)
    const { id, jobs: own } = await rota.flow('shared', (f) => {
      const both = [f.job(one), f.job(one)]
      return { shared: both[1] as (typeof both)[0], last: f.job(report, undefined, { after: both }) }
    })
    expect(own.shared).toBe(first.id)
    expect((await rota.flows.get(id))?.counts).toMatchObject({ ready: 0, blocked: 1 })
    await rota.start()
    expect(await rota.result(own.last)).toEqual(['one succeeded'])
  })

  test('what would be replaced cannot be given parents', async () => {
    const doc = defineJob({ id: 'doc', unique: { key: () => 'k', onConflict: 'replace' }, run: () => 1 })
    await using rota = createRota({ storage: place.url(), jobs: [doc, charge] })
    const paid = await rota.enqueue(charge, { amount: 1 }, { in: '1h' })
    await rota.enqueue(doc, 'v1', { in: '1h' })
    await expect(rota.enqueue(doc, 'v2', { after: paid })).rejects.toThrow('does not go with "after"')
    await expect(rota.enqueue(doc, 'v2', { after: paid, unique: null })).resolves.toMatchObject({ status: 'created' })
  })

  test('a thousand jobs fan out and in', async () => {
    await using rota = createRota({ storage: place.url(), jobs, lanes: { default: 50 } })
    await rota.start()
    const { jobs: own } = await rota.flow('wide', (f) => {
      const first = f.job(charge, { amount: 1 })
      const many = Array.from({ length: 1_000 }, (_, amount) => f.job(charge, { amount }, { after: first }))
      return { last: f.job(report, undefined, { after: many }) }
    })
    expect(await rota.result(own.last)).toHaveLength(1_000)
  })
})

test('a mistake in the middle of a flow is told with its place', async () => {
  await using rota = createRota({ storage: 'sqlite::memory:', jobs })
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const storing = rota.flow('wrong', (f) => {
    f.job(charge, { amount: 1 })
    f.job(charge, circular as { amount: number })
  })
  await expect(storing).rejects.toThrow(/flow job 2 \("charge"\): input/)
  await expect(storing).rejects.toBeInstanceOf(RotaError)
  expect((await rota.jobs.list()).jobs).toEqual([])
})

describe('middleware', () => {
  test('sees each job of a flow, and cannot tear the flow apart', async () => {
    const seen: string[] = []
    let before = Promise.resolve()
    await using rota = createRota({
      storage: 'sqlite::memory:',
      jobs,
      middleware: [
        {
          async enqueue(call, next) {
            seen.push(call.job)
            await before
            if (call.job === 'ship') await until('the others are inside', () => seen.length === 3)
            return next()
          },
        },
      ],
    })
    before = new Promise((resolve) => setImmediate(resolve))
    const { id } = await rota.flow('seen', (f) => {
      const paid = f.job(charge, { amount: 1 })
      f.job(report, undefined, { after: paid })
      f.job(ship, { to: 'x' }, { after: paid })
    })
    expect(seen).toEqual(['charge', 'report', 'ship'])
    expect((await rota.flows.get(id))?.counts).toMatchObject({ ready: 1, blocked: 2 })
  })
})
