/** What the compiler knows of parents and flows, and what it refuses. Checked by `npm run types`; nothing here is run. */
import { expectTypeOf } from 'vitest'
import { createRota, defineJob, type JobId, type ParentView, type StoredFlow, type } from '../../src/index.ts'

const charge = defineJob({ id: 'charge', input: type<{ cents: number }>(), run: ({ cents }) => ({ paid: cents }) })
const tell = defineJob({ id: 'tell', run: () => 'told' })

// A handler: the output of a parent, and jobs of its own.
defineJob({
  id: 'ship',
  async run(_, ctx) {
    expectTypeOf(await ctx.parent(charge)).toEqualTypeOf<{ paid: number }>()
    expectTypeOf(await ctx.parents(charge)).toEqualTypeOf<ParentView<{ paid: number }>[]>()
    expectTypeOf(await ctx.parents()).toEqualTypeOf<ParentView<unknown>[]>()
    expectTypeOf((await ctx.enqueue(charge, { cents: 1 })).id).toEqualTypeOf<JobId<{ paid: number }>>()
    // @ts-expect-error the input is misspelt
    await ctx.enqueue(charge, { cent: 1 })
    // @ts-expect-error a definition, or the id of a job
    await ctx.parent({ id: 7 })
  },
})

export async function calls(): Promise<void> {
  const rota = createRota({ jobs: [charge, tell] })
  const first = await rota.enqueue(charge, { cents: 1 })
  await rota.enqueue(tell, undefined, { after: first })
  await rota.enqueue(tell, undefined, {
    after: [first.id, { id: first.id, onParentFail: 'run' }],
    onParentFail: 'wait',
  })
  // @ts-expect-error 'cancel', 'run' or 'wait'
  await rota.enqueue(tell, undefined, { after: first, onParentFail: 'ignore' })
  // @ts-expect-error a delay is `in`
  await rota.enqueue(tell, undefined, { after: 5_000 })

  const order = await rota.flow('order', (f) => {
    const paid = f.job(charge, { cents: 12 })
    const told = f.job(tell, undefined, { after: paid })
    // @ts-expect-error the input is missing
    f.job(charge)
    // @ts-expect-error the key is that of a call, and a flow is stored as a whole
    f.job(tell, undefined, { idempotencyKey: 'k' })
    return { paid, told }
  })
  expectTypeOf(order).toExtend<StoredFlow<unknown>>()
  expectTypeOf(order.jobs.paid).toEqualTypeOf<JobId<{ paid: number }>>()
  expectTypeOf(rota.result(order.jobs.told)).resolves.toEqualTypeOf<string>()
  // @ts-expect-error `build` gave no such node
  order.jobs.sent
}
