/** Three HTTP jobs and their target. Run it in a clone with `npx rota --version && node examples/http-jobs/main.ts`. */
import { randomBytes } from 'node:crypto'
import { createRota } from '../../src/index.ts'
import { createServer } from '../../src/server/index.ts'
import { startTarget } from './target.ts'

const key = `whsec_${randomBytes(32).toString('base64')}` // the target has the same
const target = await startTarget(key)

await using rota = createRota({ storage: 'sqlite::memory:', http: { allow: ['127.0.0.1'] } })
const server = createServer(rota, { secret: randomBytes(32).toString('hex') }) // takes the reports
await server.listen({ port: 0 })
await rota.start()

await rota.handlers.put({ id: 'greet', http: { url: `${target.url}/greet`, signingKeys: [key] } })
await rota.handlers.put({
  id: 'render',
  http: {
    url: `${target.url}/render`,
    body: { page: '{{input.page}}' },
    async: { deadline: '1m' },
    signingKeys: [key],
  },
})
await rota.handlers.put({
  id: 'flaky',
  http: { url: `${target.url}/flaky`, signingKeys: [key] },
  retries: 5,
  backoff: { type: 'fixed', delay: '200ms' },
})

const run = async (job: string, input?: object) => {
  const { id } = await rota.enqueue(await rota.handlers.job(job), input)
  return { id, output: await rota.result(id) }
}

const greeted = await run('greet', { name: 'Ada' })
console.log('greet: the answer is the result:', JSON.stringify((greeted.output as { body: unknown }).body))

const rendered = await run('render', { page: 7 })
console.log('render: 202, and reported later:', JSON.stringify(rendered.output))

const flaky = await run('flaky')
for (const { attempt, error } of await rota.jobs.attempts(flaky.id))
  console.log(`flaky, try ${attempt}:`, error?.message)
console.log('flaky, then:', JSON.stringify((flaky.output as { body: unknown }).body))

const { lines } = await rota.jobs.logs(flaky.id)
console.log('what was sent stands in the log:', lines.length, 'lines')

target.close()
await server.close({ grace: 100 })
