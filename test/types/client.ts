/** What the compiler knows of calls of a server, and what it refuses. Checked by `npm run types`; nothing here is run. */
import { expectTypeOf } from 'vitest'
import { createClient, etagOf, jobOf } from '../../src/client/index.ts'
import { defineJob, type JobId, type State, type } from '../../src/index.ts'

const welcome = defineJob({ id: 'welcome', input: type<{ name: string }>(), run: ({ name }) => ({ greeted: name }) })
const nightly = defineJob({ id: 'nightly', run: () => 'done' as const })

export async function client(): Promise<void> {
  const rota = createClient({ url: 'http://127.0.0.1:4480', token: process.env.ROTA_TOKEN })
  createClient({
    url: 'http://127.0.0.1:4480',
    token: async () => 'token',
    headers: { 'x-proxy': 'a' },
    cluster: 'sales',
  })
  // @ts-expect-error the address is needed
  createClient({ token: 'token' })
  // @ts-expect-error misspelt
  createClient({ url: 'http://127.0.0.1:4480', tokn: 'token' })

  // What a call takes and gives.
  const { id, status } = await rota.jobs.create({ job: 'welcome', input: { name: 'Ada' }, in: '5m', priority: 'high' })
  expectTypeOf(id).toEqualTypeOf<string>()
  expectTypeOf(status).toEqualTypeOf<'created' | 'duplicate' | 'replaced' | 'rescheduled'>()
  const job = await rota.jobs.get({ id })
  expectTypeOf(job.state).toEqualTypeOf<State>()
  expectTypeOf(job.enqueuedAt).toEqualTypeOf<string>()
  expectTypeOf(job.finishedAt).toEqualTypeOf<string | null>()
  expectTypeOf(rota.jobs.next({})).resolves.toExtend<{ id: string } | undefined>()
  await rota.clusters.list()
  for await (const event of await rota.events.stream({ logs: id })) {
    if (event.type === 'log') expectTypeOf(event.message).toEqualTypeOf<string>()
  }

  // What may be said of a call.
  const { signal } = new AbortController()
  await rota.jobs.list({ filter: 'state:failed', limit: 10 }, { signal, context: { cluster: 'sales' } })
  await rota.jobs.create({ job: 'welcome' }, { context: { idempotencyKey: 'order-1' } })
  const seen = etagOf(job)
  await rota.jobs.update({ id, lane: 'mail' }, { context: { ...(seen && { ifMatch: seen }) } })
  // @ts-expect-error misspelt
  await rota.jobs.create({ job: 'welcome' }, { context: { idempotencykey: 'order-1' } })

  // @ts-expect-error there is no such option
  await rota.jobs.create({ job: 'welcome', inn: '5m' })
  // @ts-expect-error no such priority
  await rota.jobs.create({ job: 'welcome', priority: 'urgent' })
  // @ts-expect-error which job?
  await rota.jobs.create({ input: { name: 'Ada' } })
  // @ts-expect-error the input is missing
  await rota.jobs.get()
  // @ts-expect-error a number
  await rota.jobs.list({ limit: 'all' })
  // @ts-expect-error no such state
  await rota.schedules.list({ state: 'sleeping' })
  // @ts-expect-error a job in this state is not over
  await rota.jobs.purge({ olderThan: '1d', state: ['running'] })
  // @ts-expect-error there is no such operation
  await rota.jobs.explode({ id })
  // @ts-expect-error nor such a group
  await rota.things.list()
}

export async function typedJobs(): Promise<void> {
  const rota = createClient({ url: 'http://127.0.0.1:4480' })
  const send = jobOf<typeof welcome>(rota, 'welcome')
  const { id } = await send({ name: 'Ada' }, { in: '5m', lane: 'mail' })
  expectTypeOf(id).toEqualTypeOf<JobId<{ greeted: string }>>()
  const clean = jobOf<typeof nightly>(rota, 'nightly')
  await clean()
  await clean(undefined, { at: '2027-01-31T09:00:00Z' })
  // @ts-expect-error the input is missing
  await send()
  // @ts-expect-error misspelt
  await send({ nmae: 'Ada' })
  // @ts-expect-error misspelt
  await send({ name: 'Ada' }, { inn: '5m' })
}
