/** The operations on the data of a demo, which only `rota dev` has. */
import { RotaError } from '../../job/errors.ts'
import { byOf } from '../call.ts'
import type { DemoDesk } from '../options.ts'
import { implementer } from './implementer.ts'

const { demo: os } = implementer

/** @param demo null where there is none */
export const demoRouter = (demo: DemoDesk | null) => ({
  get: os.get.handler(async () => ({ present: (await demo?.present()) ?? false })),
  remove: os.remove.handler(async ({ context }) => {
    if (demo === null || !(await demo.present())) throw demoNotFound()
    const removed = await demo.remove()
    const { storage } = await context.cluster.connection.open()
    const entry = { ...byOf(context), target: 'demo', outcome: 'done' as const, before: null }
    await storage.audit([{ ...entry, after: JSON.stringify(removed) }])
    return { status: 'removed' as const, ...removed }
  }),
})

const demoNotFound = () =>
  new RotaError('demo_not_found', 'There is no demo here, so there is nothing to remove. `rota dev` shows one.')
