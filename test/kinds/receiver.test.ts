/** What targets do with a request: the signature both ways, with the library of Standard Webhooks and with our own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runInNewContext } from 'node:vm'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signed } from '../../src/kinds/http/signature.ts'
import { type RawRequest, reportTo, verifyRequest } from '../../src/receiver/index.ts'
import { startBench, startTarget, type Target } from '../support/http.ts'

const key = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const older = `whsec_${Buffer.alloc(24, 2).toString('base64')}`
const body = '{"name":"Ädä"}'

let target: Target
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target[Symbol.asyncDispose]())

const ours = {
  'rota-job': 'send-welcome',
  'rota-attempt': '2',
  'rota-scheduled-for': '2027-01-31T09:00:00.000Z',
  'idempotency-key': 'order-7',
}
const signedBy = (keys: readonly string[], at = Date.now(), text = body): Record<string, string> => ({
  ...ours,
  ...signed('an-id', at, Buffer.from(text), keys),
})
const requestOf = (headers: Record<string, string>, text = body) =>
  new Request('http://a.example/', { method: 'POST', headers, body: text })

describe('a request that Rota sent', () => {
  test('passes our check and that of the library, with either key', async () => {
    await using bench = await startBench({ allow: ['127.0.0.0/8'] })
    const callback = { url: 'https://rota.example/cb/1', deadline: new Date('2027-02-01T00:00:00Z') }
    const { outcome, context } = await bench.run(
      { url: `${target.url}/echo`, signingKeys: [key, older], async: { deadline: '1h' } },
      { input: { name: 'Ädä' }, callback },
    )
    if (outcome?.kind !== 'done') throw new Error(JSON.stringify(outcome))
    const sent = outcome.output.body as { headers: [string, string][]; body: string }
    // the callback URL is a secret, so it does not stand in the result
    const headers = { ...Object.fromEntries(sent.headers), 'rota-callback-url': callback.url }
    for (const one of [key, older]) {
      expect(new Webhook(one).verify(sent.body, headers)).toEqual({ name: 'Ädä' })
      expect(await verifyRequest({ headers, body: sent.body }, one)).toEqual({
        id: context.id,
        job: 'call',
        attempt: 1,
        scheduledFor: context.scheduledFor,
        idempotencyKey: context.id,
        body,
        input: { name: 'Ädä' },
        callback,
      })
    }
  })

  test('may have no body', async () => {
    const headers = { ...ours, ...signed('an-id', Date.now(), null, [key]) }
    expect(await verifyRequest({ headers, body: '' }, key)).toMatchObject({
      body: '',
      input: undefined,
      callback: null,
    })
  })
})

describe('a request that the library signed', () => {
  test('passes our check, in each form in which frameworks have it', async () => {
    const now = new Date()
    const signature = new Webhook(key).sign('an-id', now, body)
    const timestamp = String(Math.floor(now.getTime() / 1_000))
    const headers = { ...ours, 'webhook-id': 'an-id', 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    const loud = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]))
    const forms = [
      requestOf(headers),
      { headers, body },
      { headers: new Headers(headers), body: Buffer.from(body) },
      { headers: loud, body },
    ]
    for (const form of forms)
      expect(await verifyRequest(form, [older, key])).toMatchObject({ id: 'an-id', job: 'send-welcome', attempt: 2 })
  })
})

describe('a request whose classes are not those of this realm', () => {
  const headers = signedBy([key])
  const bytes = runInNewContext('Uint8Array.from(bytes)', { bytes: Buffer.from(body) }) as Uint8Array
  const foreign = { get: (name: string) => headers[name.toLowerCase()] ?? null } as Headers

  test.each<[string, Request | RawRequest]>([
    ['headers', { headers: foreign, body }],
    ['a request', { headers: foreign, arrayBuffer: async () => bytes.buffer } as Request],
    ['bytes', { headers, body: bytes }],
    ['a buffer', { headers, body: bytes.buffer as ArrayBuffer }],
    ['bytes in the middle of others', { headers, body: Buffer.from(`<${body}>`).subarray(1, -1) }],
  ])('is read all the same: %s', async (_, request) => {
    expect(await verifyRequest(request, key)).toMatchObject({ id: 'an-id', body })
  })
})

describe('is refused', () => {
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: 'signature_invalid', message: expect.stringMatching(message) })

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['with another key', signedBy([older]), body, /another key/],
    ['with another body', signedBy([key]), `${body} `, /body is another/],
    ['with another id', { ...signedBy([key]), 'webhook-id': 'b' }, body, /another key/],
    [
      'with another time',
      { ...signedBy([key]), 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 9) },
      body,
      /another/,
    ],
    ['with no time', { ...signedBy([key]), 'webhook-timestamp': 'soon' }, body, /no time/],
    ['too old', signedBy([key], Date.now() - 301_000), body, /30\d s ago/],
    ['from the future', signedBy([key], Date.now() + 310_000), body, /ahead/],
    ['unsigned', ours, body, /webhook-id/],
    [
      'with a signature of another version',
      { ...signedBy([key]), 'webhook-signature': 'v1a,AAAA' },
      body,
      /another key/,
    ],
    ['with an empty signature', { ...signedBy([key]), 'webhook-signature': 'v1,' }, body, /another key/],
    [
      'with half a signature',
      { ...signedBy([key]), 'webhook-signature': signedBy([key])['webhook-signature']?.slice(0, 20) ?? '' },
      body,
      /another/,
    ],
    [
      'from elsewhere',
      signed('an-id', Date.now(), Buffer.from(body), [key]) as Record<string, string>,
      body,
      /rota-attempt/,
    ],
  ])('%s', async (_, headers, text, message) => {
    await expect(verifyRequest({ headers, body: text }, key)).rejects.toEqual(refusal(message))
  })

  test('a body that a framework has parsed', async () => {
    await expect(verifyRequest({ headers: signedBy([key]), body: { name: 'x' } as never }, key)).rejects.toEqual(
      refusal(/parse/),
    )
  })

  test('a body that was read already, or breaks off', async () => {
    const used = requestOf(signedBy([key]))
    await used.text()
    await expect(verifyRequest(used, key)).rejects.toEqual(refusal(/read already/))
    const stream = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
    const broken = new Request('http://a.example/', {
      method: 'POST',
      headers: signedBy([key]),
      body: stream,
      duplex: 'half',
    })
    await expect(verifyRequest(broken, key)).rejects.toEqual(refusal(/could not be read/))
  })

  test.each([[undefined], [null], ['text'], [{}], [{ headers: null, body }], [{ headers: 'x: y', body }]])(
    'what has no headers: %j',
    async (wrong) => {
      await expect(verifyRequest(wrong as never, key)).rejects.toEqual(refusal(/without its headers/))
    },
  )

  test('headers that stand there twice and differ; signatures may', async () => {
    const headers = signedBy([key])
    const other = `v1,${Buffer.alloc(32).toString('base64')}`
    const signature = headers['webhook-signature'] ?? ''
    const accepted: RawRequest['headers'][] = [
      { ...headers, 'webhook-signature': [other, signature] },
      { ...headers, 'webhook-signature': `${signature}, ${other}` },
      { ...headers, 'rota-job': ['send-welcome', 'send-welcome'] },
    ]
    for (const taken of accepted)
      expect(await verifyRequest({ headers: taken, body }, key)).toMatchObject({ job: 'send-welcome' })
    for (const name of ['webhook-id', 'webhook-timestamp', 'rota-job', 'idempotency-key']) {
      const twice = { ...headers, [name]: [headers[name] ?? '', '1'] }
      await expect(verifyRequest({ headers: twice, body }, key)).rejects.toEqual(refusal(/several/))
    }
    await expect(verifyRequest({ headers: { ...headers, 'WEBHOOK-ID': 'b' }, body }, key)).rejects.toEqual(
      refusal(/several/),
    )
    await expect(verifyRequest({ headers: { ...headers, 'rota-job': [] }, body }, key)).rejects.toEqual(
      refusal(/no header rota-job/),
    )
  })

  test.each([
    ['rota-attempt', ''],
    ['rota-attempt', '0'],
    ['rota-attempt', '-1'],
    ['rota-attempt', '1.5'],
    ['rota-attempt', '1e3'],
    ['rota-attempt', '0x10'],
    ['rota-attempt', '9'.repeat(20)],
    ['rota-scheduled-for', ''],
    ['rota-scheduled-for', '5'],
    ['rota-scheduled-for', '2027-01-31'],
    ['rota-scheduled-for', '2027-13-31T09:00:00Z'],
    ['rota-scheduled-for', 'Sun, 31 Jan 2027 09:00:00 GMT'],
  ])('%s that is %j', async (name, value) => {
    const headers = { ...signedBy([key]), [name]: value }
    await expect(verifyRequest({ headers, body }, key)).rejects.toEqual(refusal(new RegExp(`${name} is no`)))
  })

  test.each([[''], ['whsec_'], ['whsec_****'], [[]], [[5]]])('%j is no key', async (wrong) => {
    await expect(verifyRequest({ headers: signedBy([key]), body }, wrong as string)).rejects.toMatchObject({
      code: 'option_invalid',
    })
  })

  test('and an older one is taken with a longer tolerance', async () => {
    const headers = signedBy([key], Date.now() - 301_000)
    expect(await verifyRequest({ headers, body }, key, { tolerance: '10m' })).toMatchObject({ id: 'an-id' })
  })
})

describe('a report', () => {
  /** A server that answers so, one after the other, and what it was sent. */
  async function answering(statuses: readonly number[], problem: object | string) {
    const got: unknown[] = []
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      got.push(JSON.parse(text))
      response
        .writeHead(statuses[got.length - 1] ?? 500)
        .end(typeof problem === 'string' ? problem : JSON.stringify(problem))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const close = () => {
      server.close()
      server.closeAllConnections()
    }
    return { got, url: `http://127.0.0.1:${port}/cb/s3cret`, [Symbol.dispose]: close }
  }

  test('is sent again where the server fails, three times in all', async () => {
    using server = await answering([500, 503, 204], '')
    const report = { outcome: 'success', output: { pages: 2 } } as const
    await reportTo(server, report)
    expect(server.got).toEqual([report, report, report])
    using broken = await answering([500, 500, 500, 200], 'oops')
    await expect(reportTo(broken, { outcome: 'ignore' })).rejects.toMatchObject({ code: 'server_unreachable' })
    expect(broken.got).toHaveLength(3)
  })

  test('is not sent again where it is refused, and the error is that of Rota', async () => {
    using server = await answering([409], { code: 'job_state', detail: 'The job is over.' })
    const report = reportTo(server, { outcome: 'failure', message: 'no', retry: false })
    await expect(report).rejects.toMatchObject({ code: 'job_state', message: 'The job is over.' })
    expect(server.got).toHaveLength(1)
  })

  test('to nobody says so, without the URL', async () => {
    const error = await reportTo({ url: 'http://127.0.0.1:1/cb/s3cret' }, { outcome: 'ignore' }).catch((error) => error)
    expect(error).toMatchObject({ code: 'server_unreachable' })
    expect(String(error.stack)).not.toMatch(/s3cret/)
  })
})
