/** The files of the portal, as the server gives them out. What is in them is tested in `test/portal`. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers })
const scriptOf = async () => /href="\.(\/assets\/main-[^"]+\.js)"/.exec(await (await get('/')).text())?.[1] as string

test('a page is never kept by browsers without asking, what its files are called changes with them', async () => {
  expect((await get('/')).headers.get('cache-control')).toBe('no-cache')
  const { headers, status } = await get(await scriptOf())
  expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
  expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
})

test('it is smaller on its way where the browser can unpack it', async () => {
  const { hostname, port } = new URL(server.url)
  const script = await scriptOf()
  const { request } = await import('node:http')
  const asked = (encoding: string) =>
    new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const options = { hostname, port, path: script, headers: { 'accept-encoding': encoding } }
      request(options, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => resolve({ encoding: answer.headers['content-encoding'], body: Buffer.concat(parts) }))
      })
        .on('error', reject)
        .end()
    })
  const [plain, packed] = await Promise.all([asked('identity'), asked('br, gzip')])
  expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip'])
  expect(packed.body.length).toBeLessThan(plain.body.length / 2)
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
})

test('its policy allows no script or style that is not a file of ours', async () => {
  const policy = (await get('/jobs')).headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("style-src 'self';")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  const html = await (await get('/')).text()
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=/)
})

test.each([
  '/assets/nothing.js',
  '/assets/../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/index.html',
  '/.built',
  '/jobs/1/2',
  '/nothing',
  '/jobs%2f..%2f.built',
])('%s is nothing', async (path) => {
  const answer = await get(path)
  expect([path, answer.status]).toEqual([path, 404])
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
})

test('a person who mistypes an address is told so by the portal, a program by the API', async () => {
  const asked = async (path: string, accept: string) => {
    const { status, headers } = await fetch(server.url + path, { headers: { accept } })
    return [status, headers.get('content-type')?.split(';')[0]]
  }
  const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
  expect(await asked('/jbos', browser)).toEqual([404, 'text/html'])
  expect(await asked('/jbos', '*/*')).toEqual([404, 'application/problem+json'])
  for (const path of ['/api', '/api/jbos', '/jobs/1/2', '/assets/none.js'])
    expect([path, ...(await asked(path, browser))]).toEqual([path, 404, 'application/problem+json'])
})

test('a slash at the end leads to the screen without it', async () => {
  const { status, headers } = await fetch(`${server.url}/jobs/?filter=a%20b&cluster=c`, { redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([302, '../jobs?filter=a%20b&cluster=c'])
})

test('every route of the portal is a page', async () => {
  const router = readFileSync('portal/src/router.tsx', 'utf8')
  const routes = [...router.matchAll(/\b(?:screen|outside)\('([^']+)'/g)].map(([, route = '']) => route)
  expect(routes.length).toBeGreaterThan(15)
  for (const route of routes) {
    const answer = await get(route.replace('$id', 'a%2Fb:c'))
    expect([route, answer.status, answer.headers.get('content-type')]).toEqual([route, 200, 'text/html; charset=utf-8'])
  }
})

test('nothing but reading is answered', async () => {
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect([method, (await fetch(`${server.url}/jobs`, { method })).status]).toEqual([method, 404])
})
