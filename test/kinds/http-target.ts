/** What HTTP jobs call in tests: a process of its own that answers as it is asked to, well or badly. It prints its port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

const hits: string[] = []

const server = createServer({ maxHeaderSize: 256 * 1024 }, async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://target')
  hits.push(`${request.method} ${url.pathname}`)
  const [, name = '', argument = ''] = url.pathname.split('/')
  const body = await bodyOf(request)
  const serve = Object.hasOwn(pages, name) ? pages[name] : undefined
  if (serve === undefined) response.writeHead(404).end()
  else serve({ request, response, url, argument, body })
})

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly argument: string
  readonly body: string
}

const json = { 'content-type': 'application/json' }
const encoders: Record<string, (text: string) => Buffer> = {
  gzip: (text) => gzipSync(text),
  deflate: (text) => deflateSync(text),
  raw: (text) => deflateRawSync(text),
  br: (text) => brotliCompressSync(text),
  zstd: (text) => zstdCompressSync(text),
}

const pages: Record<string, (asked: Asked) => void> = {
  /** What came in. */
  echo({ request, response, body }) {
    const { method, url, rawHeaders } = request
    const headers = Array.from({ length: rawHeaders.length / 2 }, (_, i) => rawHeaders.slice(i * 2, i * 2 + 2))
    response.writeHead(200, json).end(JSON.stringify({ method, url, headers, body }))
  },
  /** `?type=…&body=…&h.retry-after=…` */
  status({ response, url, argument }) {
    const { searchParams: query } = url
    response.statusCode = Number(argument)
    for (const [name, value] of query) if (name.startsWith('h.')) response.setHeader(name.slice(2), value)
    const type = query.get('type')
    if (type !== null) response.setHeader('content-type', type)
    response.end(query.get('body') ?? '')
  },
  redirect({ response, url, argument }) {
    response.writeHead(Number(argument), { location: url.searchParams.get('to') ?? '' }).end('elsewhere')
  },
  hits: ({ response }) => response.end(JSON.stringify(hits)),
  encoded({ response, argument }) {
    const encoding = argument === 'raw' ? 'deflate' : argument
    const encoder = encoders[argument] ?? ((text: string) => Buffer.from(text))
    response.writeHead(200, { ...json, 'content-encoding': encoding }).end(encoder('{"packed":true}'))
  },
  /** A gigabyte of zeros, packed while it is sent. */
  bomb({ response }) {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
    const gzip = createGzip()
    gzip.pipe(response)
    const zeros = Buffer.alloc(1024 * 1024)
    let left = 1024
    const more = () => {
      while (left-- > 0) if (!gzip.write(zeros)) return void gzip.once('drain', more)
      gzip.end()
    }
    more()
    response.on('close', () => gzip.destroy())
  },
  endless({ response }) {
    response.writeHead(200, { 'content-type': 'text/plain' })
    pour(response, Buffer.alloc(64 * 1024, 'x'))
  },
  /** A gzip file after the other, and nothing in any of them. */
  hollow({ response }) {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
    pour(response, Buffer.concat(Array.from({ length: 1_000 }, () => gzipSync(''))))
  },
  /** A byte now and then, without an end. */
  drip({ response, argument }) {
    if (argument === 'body') response.writeHead(200, { 'content-type': 'text/plain' })
    else response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ')
    const timer = setInterval(() => (argument === 'body' ? response.write('.') : response.socket?.write('.')), 10)
    response.on('close', () => clearInterval(timer))
  },
  /** `argument` bytes, each in a chunk of its own. */
  crumbs({ response, argument }) {
    const socket = response.socket
    socket?.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n')
    socket?.write('1\r\nx\r\n'.repeat(Number(argument)))
    socket?.end('0\r\n\r\n')
  },
  headers({ response, argument }) {
    const lines = Array.from({ length: Number(argument) }, (_, i) => `x-header-${i}: ${'v'.repeat(20)}`)
    raw(response, ['HTTP/1.1 200 OK', 'content-length: 2', ...lines, '', 'ok'])
  },
  reset({ response, argument }) {
    if (argument === 'body') {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' }).write('half')
      setTimeout(() => response.socket?.resetAndDestroy(), 20)
    } else response.socket?.resetAndDestroy()
  },
  /** Says 100 bytes and sends ten; `long`: says two and sends ten. */
  lying({ response, argument }) {
    const length = argument === 'long' ? 2 : 100
    raw(response, ['HTTP/1.1 200 OK', 'content-type: text/plain', `content-length: ${length}`, '', '0123456789'])
  },
  /** `?text=…` as it is, instead of an answer of HTTP. */
  raw: ({ response, url }) => raw(response, [url.searchParams.get('text') ?? '']),
  bytes({ response, url }) {
    const type = url.searchParams.get('type')
    response.writeHead(200, type === null ? {} : { 'content-type': type })
    response.end(Buffer.from(url.searchParams.get('hex') ?? '', 'hex'))
  },
  /** Sends back what is secret, everywhere. */
  parrot({ request, response, argument }) {
    const secret = String(request.headers['x-api-key'])
    const bearer = String(request.headers.authorization)
    const headers = {
      etag: secret,
      'x-request-id': bearer,
      'set-cookie': 'session=abc',
      [`x-${bearer.slice(7)}`]: secret,
    }
    response.writeHead(Number(argument), { ...json, ...headers })
    response.end(JSON.stringify({ secret, bearer, [secret]: [bearer], callback: request.headers['rota-callback-url'] }))
  },
  early({ response }) {
    response.writeEarlyHints({ link: '</x.css>; rel=preload' })
    response.writeProcessing()
    response.writeHead(200, json).end('{"after":"1xx"}')
  },
}

function pour(response: ServerResponse, chunk: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}

function raw(response: ServerResponse, lines: readonly string[]): void {
  response.socket?.end(lines.join('\r\n'))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

process.stdin.on('end', () => process.exit()).resume() // whoever started it is gone
server.listen(0, '0.0.0.0', () => console.log((server.address() as AddressInfo).port))
