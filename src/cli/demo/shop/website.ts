/** A website on this machine, and the stored definition whose jobs look whether it is well. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HandlerOptions } from '../../../index.ts'
import { checkWebsiteId, ofDemo, ownerOfDemo } from './options.ts'

export interface Website {
  readonly url: string
  /** What `http.allow` has to hold, because it is no public address. */
  readonly allow: string
  close(): void
}

/** Answers 503 every fourth time, as one that is being deployed does. */
export async function openWebsite(): Promise<Website> {
  let visits = 0
  const server = createServer((request, response) => {
    request.resume()
    const busy = ++visits % 4 === 0
    const body = busy
      ? { status: 'deploying' }
      : { status: 'ok', visits, uptime: Math.round(process.uptime()), memory: process.memoryUsage.rss() }
    response.writeHead(busy ? 503 : 200, { 'content-type': 'application/json', ...(busy && { 'retry-after': '3' }) })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    allow: `127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Data, not code: `rota handlers put`, or the portal, could have stored it as well. */
export const checkWebsite = ({ url }: Website): HandlerOptions => ({
  id: checkWebsiteId,
  description: 'looks whether the website of the demo is well',
  owner: ownerOfDemo,
  enabled: true,
  http: { method: 'GET', url: `${url}/health`, success: { json: [{ path: '$.status', equals: 'ok' }] } },
  retries: 4,
  backoff: { type: 'fixed', delay: '2s' },
  timeout: '5s',
  ...ofDemo,
})
