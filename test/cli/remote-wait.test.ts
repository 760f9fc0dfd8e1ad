/** A wait for a job of a server is longer than any connection. */
import { afterEach, expect, test } from 'vitest'
import { resultOf } from '../../src/cli/remote/jobs.ts'
import { createClient } from '../../src/client/index.ts'
import { createRota, defineJob, type Rota } from '../../src/index.ts'
import { createServer, type Server } from '../../src/server/index.ts'
import { gate } from '../support/condition.ts'

const greet = defineJob({ id: 'greet', run: () => 'hello' })
const options = { trustLocal: true, secret: 'a secret of at least 32 characters' }
const open: Server[] = []
let rota: Rota

afterEach(async () => {
  for (const server of open.splice(0)) await server.close({ grace: 100 })
  await rota.stop()
})

async function listening(port = 0) {
  const server = createServer(rota, options)
  open.push(server)
  return { server, ...(await server.listen({ port })) }
}

test('a server that is away for a while ends no wait that has begun; one that never was there does', async () => {
  rota = createRota({ storage: 'sqlite::memory:', jobs: [greet] })
  await rota.start()
  const { id } = await rota.enqueue(greet, undefined, { in: '1h' })
  const { server, url, port } = await listening()
  const [begun, away] = [gate(), gate()]
  const send = async (request: Request) => {
    const answer = await fetch(request)
      .finally(begun.open)
      .catch((error) => {
        away.open()
        throw error
      })
    return answer
  }
  const waiting = resultOf(createClient({ url, fetch: send }), id)
  await begun.opened
  await server.close({ grace: 100 })
  await away.opened
  await expect(resultOf(createClient({ url }), id)).rejects.toMatchObject({ code: 'server_unreachable' })
  await listening(port)
  await rota.jobs.run(id)
  expect(await waiting).toBe('hello')
})

test('the time of a wait is over, whatever the server does', async () => {
  rota = createRota({ storage: 'sqlite::memory:', jobs: [greet] })
  const { id } = await rota.enqueue(greet, undefined)
  const { url } = await listening()
  const wait = resultOf(createClient({ url }), id, { timeout: 50 })
  await expect(wait).rejects.toMatchObject({ code: 'wait_timeout', message: expect.stringContaining('after 50 ms') })
  const stop = new AbortController()
  const aborted = resultOf(createClient({ url }), id, { signal: stop.signal })
  stop.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
})
