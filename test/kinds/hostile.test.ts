/** Targets that answer slowly, without an end, wrongly or not at all: each is one failed attempt, and nothing else. */
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSender } from '../../src/kinds/http/request.ts'
import { createGuard } from '../../src/kinds/http/target.ts'
import { type Bench, startBench, startTarget, type Target } from '../support/http.ts'

let target: Target
let bench: Bench
beforeAll(async () => {
  target = await startTarget()
  bench = await startBench({ allow: ['127.0.0.0/8'] })
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  await target[Symbol.asyncDispose]()
})

const run = (path: string, more = {}) => bench.run({ url: target.url + path, breaker: false, ...more })
const megabyte = 1024 * 1024

test.each(['headers', 'body'])('%s that drip end with the signal', async (part) => {
  const ran = await bench.run({ url: `${target.url}/drip/${part}`, breaker: false }, { timeout: 100 })
  expect(ran.outcome).toBe(null)
  expect(ran.thrown).toBe(ran.context.signal.reason)
  expect(ran.thrown).toMatchObject({ code: 'timed_out' })
})

test('a job that was given up before sends nothing', async () => {
  const ran = await bench.run({ url: `${target.url}/nobody` }, { timeout: 1, meanwhile: wait })
  expect(ran.thrown).toMatchObject({ code: 'timed_out' })
  expect(await (await fetch(`${target.url}/hits`)).json()).not.toContain('POST /nobody')
})

/** Blocks until the timeout must have come; the signal fires with the next turn of the loop. */
function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

test('an endless body is cut, and so is the connection', async () => {
  const { outcome, logs } = await run('/endless', { maxResponse: 4 * megabyte })
  expect(outcome).toMatchObject({ kind: 'done', output: { truncated: true } })
  expect(logs[0]?.data.response.bytes).toBeLessThan(5 * megabyte)
  expect((await run('/echo')).outcome).toMatchObject({ kind: 'done' })
})

test('an endless body that unpacks to nothing is cut by what comes on the wire', async () => {
  const ran = await bench.run({ url: `${target.url}/hollow`, breaker: false }, { timeout: 10_000 })
  expect(ran.outcome).toMatchObject({ kind: 'done', output: { body: '', truncated: true } })
})

test('a gigabyte in a small gzip costs no more memory than may be read', async () => {
  await run('/bomb', { maxResponse: 16 * megabyte }) // what is loaded once
  const before = process.memoryUsage.rss()
  let most = 0
  for (let i = 0; i < 5; i++) {
    const { outcome, logs } = await run('/bomb', { maxResponse: megabyte })
    expect(outcome).toMatchObject({ kind: 'done', output: { truncated: true } })
    expect(logs[0]?.data.response.bytes).toBeLessThan(megabyte)
    most = Math.max(most, process.memoryUsage.rss())
  }
  expect(most - before).toBeLessThan(50 * megabyte)
})

test('a body in crumbs costs no more than its bytes', async () => {
  const before = process.memoryUsage.rss()
  const { outcome } = await run(`/crumbs/${2 * megabyte}`, { maxResponse: 16 * megabyte })
  expect(outcome).toMatchObject({ kind: 'done', output: { body: 'x'.repeat(16_384), truncated: true } })
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * megabyte)
})

test.each<[string, string, RegExp]>([
  ['5 000 headers', '/headers/5000', /64 KiB \(HPE_HEADER_OVERFLOW\)/],
  ['a reset before the answer', '/reset/head', /ECONNRESET/],
  ['a reset in the middle', '/reset/body', /ECONNRESET/],
  ['less than content-length says', '/lying/short', /ECONNRESET/],
  ['no HTTP', '/raw?text=nonsense', /did not answer as HTTP \(HPE_/],
  ['nothing', '/raw?text=', /ECONNRESET/],
  [
    'two lengths',
    `/raw?text=${encodeURIComponent('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc')}`,
    /HPE_/,
  ],
  [
    'length and chunks',
    `/raw?text=${encodeURIComponent('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab')}`,
    /HPE_/,
  ],
  [
    'another protocol',
    `/raw?text=${encodeURIComponent('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n')}`,
    /another protocol/,
  ],
  ['gzip that is none', '/encoded/gzip-not', /content-encoding/],
])('%s is a failed connection', async (_, path, message) => {
  const { outcome } = await run(path)
  expect(outcome).toMatchObject({ kind: 'failed', retryable: true, error: { code: 'http_failed' } })
  expect(outcome?.kind === 'failed' && outcome.error.message).toMatch(message)
})

test.each(['gzip', 'deflate', 'br', 'zstd'])('a body that is no %s is a failed connection', async (encoding) => {
  const { outcome } = await run(`/status/200?body=hello&h.content-encoding=${encoding}`)
  expect(outcome).toMatchObject({
    kind: 'failed',
    error: { code: 'http_failed', message: expect.stringContaining(`no ${encoding}`) },
  })
})

test('more than content-length says is not read', async () => {
  expect((await run('/lying/long')).outcome).toMatchObject({ kind: 'done', output: { body: '01' } })
})

test('text that is no UTF-8 is kept with signs in its place', async () => {
  const { outcome } = await run('/bytes?type=text/plain&hex=61fffe62c3')
  expect(outcome).toMatchObject({ output: { body: 'a\ufffd\ufffdb\ufffd' } })
})

test.each(['gzip, gzip', 'compress', 'constructor'])('a body that says %s is not unpacked', async (encoding) => {
  const { outcome } = await run(`/status/200?body=x&h.content-encoding=${encodeURIComponent(encoding)}`)
  expect(outcome).toMatchObject({ kind: 'failed', error: { message: expect.stringContaining('gzip, deflate') } })
})

/** It says nothing for longer than the connections here may take to stand, whatever protocol it is spoken to. */
async function slow(): Promise<Server> {
  const answer = (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => setTimeout(answer, 200, socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const limits = { signal: new AbortController().signal, maxResponse: megabyte }
const outgoing = (url: string) => ({ method: 'GET' as const, url: new URL(url), headers: {}, body: null })

test('a connection that does not come to stand is given up, and one that does is not', async () => {
  const server = await slow()
  const { port } = server.address() as { port: number }
  const guard = createGuard({ allow: ['127.0.0.1', 'slow.example'], lookup: () => new Promise(() => {}) })
  const sender = createSender({ guard, connectTimeout: 50 })
  await expect(sender.send(outgoing(`https://127.0.0.1:${port}/`), limits)).rejects.toMatchObject({
    code: 'http_failed',
    message: expect.stringContaining('within 50 ms'),
  })
  await expect(sender.send(outgoing('http://slow.example/'), limits)).rejects.toMatchObject({ code: 'http_failed' })
  expect(await sender.send(outgoing(`http://127.0.0.1:${port}/`), limits)).toMatchObject({ status: 200 })
  sender.close()
  server.close()
})

test('a kept connection that the target has closed is no failure of the next GET', async () => {
  let served = 0
  const server = createServer((socket) => {
    let asked = 0
    socket.on('error', () => {})
    socket.on('data', () => {
      if (asked++ > 0) return socket.destroy()
      served++
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const sender = createSender({ guard: createGuard({ allow: ['127.0.0.1'] }) })
  const url = `http://127.0.0.1:${port}/`
  for (let i = 0; i < 3; i++) expect((await sender.send(outgoing(url), limits)).status).toBe(200)
  expect(served).toBe(3)
  await expect(sender.send({ ...outgoing(url), method: 'POST' }, limits)).rejects.toMatchObject({ code: 'http_failed' })
  sender.close()
  server.close()
})
