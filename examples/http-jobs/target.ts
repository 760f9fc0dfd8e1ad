/** What the jobs call: any program that answers HTTP. This one needs nothing but Node and `rota/receiver`. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type Delivery, RotaError, reportTo, verifyRequest } from '../../src/receiver/index.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** What is asked for by the last part of the path. */
const work: Record<string, (delivery: Delivery) => Answer> = {
  greet: ({ input }) => ({ status: 200, body: { greeted: (input as { name: string }).name } }),

  /** Longer than a request should take: 202 now, the end later. */
  render({ callback }) {
    setTimeout(() => {
      if (callback !== null) void reportTo(callback, { outcome: 'success', output: { pages: 12 } })
    }, 500)
    return { status: 202, body: { accepted: true } }
  },

  /** Out of order for the first two tries. */
  flaky: ({ attempt }) =>
    attempt < 3 ? { status: 503, body: { error: 'not yet' } } : { status: 200, body: { attempt } },
}

/** Listens on a free port of this machine. */
export async function startTarget(key: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request, key)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() }
}

async function answer(request: IncomingMessage, key: string): Promise<Answer> {
  try {
    const delivery = await verifyRequest({ headers: request.headers, body: await buffer(request) }, key)
    const asked = work[request.url?.split('/').at(-1) ?? '']
    return asked?.(delivery) ?? { status: 404, body: { error: 'there is nothing here' } }
  } catch (error) {
    if (error instanceof RotaError) return { status: 401, body: { error: error.message } }
    return { status: 500, body: { error: 'it did not work' } }
  }
}
