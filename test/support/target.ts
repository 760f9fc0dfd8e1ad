/** A target of requests in this process, which answers as the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Resolves when whoever called is gone before it was answered. */
  readonly gone: Promise<void>
}

export interface LocalTarget extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly received: readonly Received[]
  /** Answers from now on. */
  answer: (request: Received, response: ServerResponse) => unknown
}

export const json = (response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

export async function localTarget(): Promise<LocalTarget> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    response.on('close', () => response.writableFinished || resolve())
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const one = { method, path, headers, body, gone }
      received.push(one)
      target.answer(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target: LocalTarget = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (_, response) => json(response, { ok: true }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return target
}
