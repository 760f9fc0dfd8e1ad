/** The server inside of what an application has already: the lines that mount it are those of the guide. */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { createServer, type Server } from '../../src/server/index.ts'
import { createPeople } from '../../src/server/people.ts'
import { byTest, note, testSecret } from '../support/server.ts'

interface Mounted {
  /** Where the server is, with its prefix. */
  readonly url: string
  readonly fetch: typeof fetch
  close(): Promise<unknown>
}

const portOf = (listening: HttpServer) => (listening.address() as AddressInfo).port

async function listened(http: HttpServer, prefix: string): Promise<Mounted> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${portOf(http)}${prefix}`, fetch, close: () => closed(http) }
}

function closed(http: HttpServer): Promise<unknown> {
  const ended = new Promise((resolve) => http.close(resolve))
  http.closeAllConnections()
  return ended
}

const frameworks: Readonly<Record<string, (server: Server) => Promise<Mounted>>> = {
  'Hono: app.mount': async (server) => {
    const app = new Hono()
    app.get('/', (c) => c.text('the application'))
    app.mount('/rota', server.fetch)
    return new Promise((resolve) => {
      const http = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve({ url: `http://127.0.0.1:${port}/rota`, fetch, close: () => closed(http as HttpServer) }),
      )
    })
  },
  'Express 5: app.use': async (server) => {
    const app = express()
    app.use('/rota', server.node)
    return listened(createHttpServer(app), '/rota')
  },
  'Express 5, behind express.json()': async (server) => {
    const app = express()
    app.use(express.json())
    app.use('/rota', server.node)
    return listened(createHttpServer(app), '/rota')
  },
  'Fastify 5: a plugin': async (server) => {
    const app = fastify()
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers() // Rota reads bodies itself
      scope.addContentTypeParser('*', (_request, _body, done) => done(null))
      scope.all('/rota/*', (request, reply) => {
        reply.hijack()
        void server.node(request.raw, reply.raw)
      })
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return {
      url: `http://127.0.0.1:${portOf(app.server)}/rota`,
      fetch,
      close: () => {
        app.server.closeAllConnections()
        return app.close()
      },
    }
  },
  'node:http, below a prefix of several parts': async (server) => {
    const http = createHttpServer((request, response) => {
      if (request.url?.startsWith('/internal/jobs/')) void server.node(request, response)
      else response.writeHead(404).end()
    })
    return listened(http, '/internal/jobs')
  },
  'a route handler as of Next: a request with its whole address, no socket': async (server) => ({
    url: 'https://shop.example/rota',
    fetch: (url, init) => server.fetch(new Request(url as string, init)),
    close: async () => {},
  }),
}

async function mounted(mount: (server: Server) => Promise<Mounted>) {
  const rota = createRota({ storage: 'sqlite::memory:', jobs: [note] })
  const server = createServer(rota, { secret: testSecret })
  const people = createPeople(async () => (await rota.cluster('default').connection.open()).storage)
  const { key } = await people.addKey({ name: 'app', role: 'operator' }, byTest)
  const { url, fetch: ask, close } = await mount(server)
  const call = (path: string, init: RequestInit = {}) =>
    ask(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
  const post = (path: string, body: object) =>
    call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  return {
    url,
    ask,
    call,
    post,
    rota,
    async [Symbol.asyncDispose]() {
      await server.close({ grace: 100 })
      await close()
      await rota.stop()
    },
  }
}

describe.each(Object.entries(frameworks))('%s', (_, mount) => {
  test('it answers, takes jobs, and lets nobody in without a key', async () => {
    await using app = await mounted(mount)
    expect(await (await app.call('/healthz')).json()).toEqual({ status: 'ok' })
    expect((await app.ask(`${app.url}/api/jobs`)).status).toBe(401)
    const stored = await app.post('/api/jobs', { job: 'note', input: { text: 'äöü 🚀' } })
    expect(stored.status).toBe(201)
    const { id } = (await stored.json()) as { id: string }
    const location = new URL(stored.headers.get('location') ?? '', `${app.url}/api/`)
    expect(location.href).toBe(`${app.url}/api/jobs/${id}`)
    const job = await (await app.call(`/api/jobs/${id}`)).json()
    expect(job).toMatchObject({ id, input: { text: 'äöü 🚀' } })
    expect((await app.call(`/api/jobs/${id}`, { method: 'DELETE' })).status).toBe(200)
    const invalid = await app.post('/api/jobs', { job: 'note', input: { text: 1 } })
    expect([invalid.status, invalid.headers.get('content-type')]).toEqual([422, 'application/problem+json'])
    expect((await app.call('/api/nothing')).status).toBe(404)
  })

  test('its events come while they happen', async () => {
    await using app = await mounted(mount)
    const stream = await app.call('/api/events')
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const reader = (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    const began = performance.now()
    await app.rota.enqueue(note, { text: 'right after the stream has begun' })
    let text = ''
    while (!text.includes('"changed"')) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`The stream has ended: ${text}`)
      text += value
    }
    expect(performance.now() - began).toBeLessThan(10_000) // a stream that missed it is kept alive after 15 s
    expect(text).toContain('"jobs"')
    await reader.cancel()
  })

  test('the address in the OpenAPI document leads to it, and the page of the API finds its parts', async () => {
    await using app = await mounted(mount)
    const at = `${app.url}/openapi.json`
    const document = (await (await app.ask(at)).json()) as { servers: { url: string }[]; paths: object }
    const api = new URL(document.servers[0]?.url ?? '', at).href
    expect(Object.keys(document.paths)).toContain('/auth/status')
    expect(await (await app.ask(`${api}/auth/status`)).json()).toMatchObject({ registration: false })
    const page = await app.ask(`${app.url}/docs`)
    expect(page.headers.get('content-type')).toContain('text/html')
    const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part)
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) {
      const { status, headers } = await app.ask(new URL(part, `${app.url}/docs`).href)
      expect([part, status]).toEqual([part, 200])
      expect(headers.get('content-type')).toMatch(/^text\/(css|javascript)/)
    }
  })
})

/** Below `/internal/jobs` a page of the portal looks like one of `/internal`: such a place is told by `basePath`. */
const findsItself = Object.entries(frameworks).filter(([name]) => !name.includes('several parts'))

describe.each(findsItself)('the portal in %s', (_, mount) => {
  test.each(['/', '/jobs/0193', '/sign-in'])('%s is a page that finds its files', async (path) => {
    await using app = await mounted(mount)
    const at = `${app.url}${path}`
    const page = await app.ask(at)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const html = await page.text()
    const base = new URL(/<base href="([^"]+)"/.exec(html)?.[1] ?? '', at)
    expect(base.href).toBe(`${app.url}/`)
    const parts = [...html.matchAll(/(?:src|href)="(\.\/[^"]+\.\w+)"/g)].map(([, part = '']) => part)
    expect(parts.length).toBeGreaterThan(3)
    for (const part of parts) expect([part, (await app.ask(new URL(part, base).href)).status]).toEqual([part, 200])
  })
})

test('Express leads from its mount to the portal, which stands behind a slash', async () => {
  await using app = await mounted(frameworks['Express 5: app.use'] as (server: Server) => Promise<Mounted>)
  const { status, headers } = await app.ask(`${app.url}?back=/jobs`, { redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([302, '/rota/?back=/jobs'])
})

test('with a base path of its own nothing else is answered', async () => {
  await using rota = createRota({ storage: 'sqlite::memory:' })
  const server = createServer(rota, { secret: testSecret, basePath: '/rota' })
  const status = async (path: string) => (await server.fetch(new Request(`http://127.0.0.1${path}`))).status
  expect(await status('/rota/healthz')).toBe(200)
  expect(await status('/rota/api/auth/status')).toBe(200)
  expect(await status('/rota/')).toBe(200)
  expect(await status('/rota/jobs/0193')).toBe(200)
  for (const path of [
    '/healthz',
    '/',
    '/jobs',
    '/rota/nothing',
    '/rotate/healthz',
    '/x/rota/healthz',
    '/api/auth/status',
  ])
    expect([path, await status(path)]).toEqual([path, 404])
  await server.close()
})
