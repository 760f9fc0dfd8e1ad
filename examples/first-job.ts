/** The README's sample with types. Run it in a clone with `npx rota --version && node examples/first-job.ts`. */
import { createRota, defineJob, type } from '../src/index.ts'

const sendWelcome = defineJob({
  id: 'send-welcome',
  input: type<{ name: string }>(),
  retries: 5,
  timeout: '30s',
  async run(input, ctx) {
    return { greeted: input.name, attempt: ctx.attempt }
  },
})

await using rota = createRota({ storage: 'sqlite::memory:', jobs: [sendWelcome] })
await rota.start()
const { id } = await rota.enqueue(sendWelcome, { name: 'Ada' }, { in: '1s', priority: 'high' })
const { greeted } = await rota.result(id)
console.log(`greeted ${greeted}`)
