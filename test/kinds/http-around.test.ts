/** What is around a request: its line in the log, secrets that stay inside, and the breaker. */
import { describe, expect, test } from 'vitest'
import type { HttpOptions } from '../../src/kinds/http/spec.ts'
import { until } from '../support/condition.ts'
import { startBench, startTargets } from '../support/http.ts'
import { json, localTarget } from '../support/target.ts'

const { target, other, bench } = await startTargets()

const query = (values: Record<string, string>) => new URLSearchParams(values).toString()
const answered = (status: number, values: Record<string, string>) =>
  bench.run({ url: `${target.url}/status/${status}?${query(values)}`, breaker: false })

describe('the log of the job', () => {
  test('has a line for each request, with both sides of it', async () => {
    const { logs } = await bench.run(
      { url: `${target.url}/echo?page=2&api_key=hidden`, headers: { 'X-A': 'b' } },
      { input: { a: 1 } },
    )
    expect(logs).toMatchObject([
      {
        level: 'info',
        message: expect.stringMatching(
          /^POST http:\/\/127\.0\.0\.1:\d+\/echo\?page=2&api_key=\[redacted\] → 200 in \d+ ms$/,
        ),
        data: {
          request: { method: 'POST', headers: { 'X-A': 'b', 'rota-job': 'call' }, body: '{"a":1}' },
          response: {
            status: 200,
            headers: { 'content-type': 'application/json' },
            truncated: false,
            bytes: expect.any(Number),
          },
          hops: 0,
        },
      },
    ])
    expect(logs[0]?.data.request.url).not.toContain('hidden')
  })

  test('warns of a failure', async () => {
    const [line] = (await answered(500, { body: 'oh' })).logs
    expect(line).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/→ 500 http_status in/),
      data: { response: { body: 'oh' } },
    })
    const [refused] = (await bench.run({ url: 'http://10.0.0.1/' })).logs
    expect(refused).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/→ target_refused in/),
      data: { response: null },
    })
  })

  test.each(['an answer', 'nothing'])(
    'tells of the request that was sent, however long it took until %s came back',
    async (what) => {
      await using slow = await localTarget()
      slow.answer = async ({ headers }, response) => {
        const sent = Number(headers['webhook-timestamp'])
        await until('another signature would have another time', () => Math.floor(Date.now() / 1_000) > sent)
        if (what === 'nothing') response.destroy()
        else json(response, {})
      }
      const signingKeys = [`whsec_${Buffer.alloc(24, 5).toString('base64')}`]
      const { logs } = await bench.run({ url: `${slow.url}/`, signingKeys, breaker: false })
      const [received] = slow.received
      expect(logs[0]?.data.request.headers['webhook-timestamp']).toBe(received?.headers['webhook-timestamp'])
    },
  )

  test('stays small whatever is sent and whatever comes', async () => {
    const headers = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x-${i}`, '"'.repeat(300)]))
    const http = { url: `${target.url}/echo?${'q=%22&'.repeat(600)}`, headers, body: '\x01'.repeat(5_000) }
    const { logs } = await bench.run(http)
    expect(JSON.stringify(logs[0]?.data).length).toBeLessThan(7_000)
    expect(logs[0]?.data).toMatchObject({ response: { status: 200 } })
  })
})

describe('a secret', () => {
  const secretHeaders = { 'X-Api-Key': 'k3y-with-"quotes"/and-more', Authorization: 'Bearer t0ken-0123456789' }
  const callback = { url: 'https://rota.example/api/callbacks/c4llback-t0ken-abcdef', deadline: new Date(0) }

  test.each([200, 202, 400, 500])('that is sent back with status %i stands nowhere', async (status) => {
    const http: HttpOptions = { url: `${target.url}/parrot/${status}`, secretHeaders, breaker: false }
    for (const more of [
      {},
      { async: { deadline: '1h' } },
      { keepResponse: 60 },
      { success: { json: [{ path: 'secret', equals: 1 }] } },
    ]) {
      const { outcome, logs } = await bench.run({ ...http, ...more }, { callback })
      const all = JSON.stringify([outcome, outcome?.kind === 'failed' ? outcome.error.message : null, logs])
      expect(all).toMatch(/\[redacted\]/)
      expect(all).not.toMatch(/k3y|t0ken|session=abc/)
    }
  })

  test('that is cut by the end of what is read stands nowhere either', async () => {
    const padding = 'x'.repeat(1_024 - 10)
    const url = `${target.url}/status/200?${query({ body: `${padding}t0ken-0123456789` })}`
    const { outcome, logs } = await bench.run({ url, secretHeaders, maxResponse: 1_024 })
    expect(JSON.stringify([outcome, logs[0]?.data.response])).not.toMatch(/t0k/)
  })
})

describe('no rule tells what is in a secret that is sent back', () => {
  const secretHeaders = { 'X-Api-Key': 'k3y-0123456789', Authorization: 'Bearer t0ken-0123456789' }
  const url = `${target.url}/parrot/200`

  test.each<[string, HttpOptions['success'], HttpOptions['success']]>([
    ['bodyContains', { bodyContains: 'k3y-0' }, { bodyContains: 'k3y-1' }],
    ['bodyLacks', { bodyLacks: 't0ken-0' }, { bodyLacks: 't0ken-1' }],
    [
      'json',
      { json: [{ path: 'secret', equals: 'k3y-0123456789' }] },
      { json: [{ path: 'secret', equals: 'k3y-1123456789' }] },
    ],
    [
      'the names in json',
      { json: [{ path: '["k3y-0123456789"][0]', equals: 'x' }] },
      { json: [{ path: '["k3y-1123456789"][0]', equals: 'x' }] },
    ],
  ])('%s', async (_, right, wrong) => {
    const endOf = async (success: HttpOptions['success']) => {
      const { outcome } = await bench.run({ url, secretHeaders, success: success as object, breaker: false })
      return outcome?.kind === 'failed' ? outcome.error.message.replace(/-[01]/g, '') : outcome?.kind
    }
    expect((await endOf(right))?.replaceAll('0123456789', '')).toBe((await endOf(wrong))?.replaceAll('1123456789', ''))
  })

  test('and an answer that nobody can walk through is no JSON', async () => {
    const values = { type: 'application/json', body: '['.repeat(7_000) + ']'.repeat(7_000) }
    await using local = await localTarget()
    local.answer = (_, response) => response.writeHead(200, { 'content-type': values.type }).end(values.body)
    const success = { json: [{ path: 'a', equals: 1 }] }
    const { outcome } = await bench.run({ url: local.url, secretHeaders, success, breaker: false })
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'http_rule' } })
  })
})

describe('the breaker', () => {
  const http = (status: number): HttpOptions => ({
    url: `${other.url}/status/${status}`,
    breaker: { failures: 2, pause: '10s' },
  })

  test('leaves an origin alone that fails, and sees after a while whether it works', async () => {
    const clock = { now: 0 }
    await using own = await startBench({ allow: ['127.0.0.0/8'], now: () => clock.now })
    const kindOf = async (status: number) => (await own.run(http(status))).outcome
    await kindOf(500)
    await kindOf(404) // it works, however unwelcome the request is
    await kindOf(500)
    await kindOf(429)
    const before = (await (await fetch(`${other.url}/hits`)).json()) as string[]
    expect(await kindOf(200)).toEqual({ kind: 'circuit_open', delay: 10_000 })
    const after = (await (await fetch(`${other.url}/hits`)).json()) as string[]
    expect(after.length).toBe(before.length + 1)
    expect((await own.run({ ...http(200), breaker: false })).outcome).toMatchObject({ kind: 'done' })
    clock.now += 10_000
    expect(await kindOf(200)).toMatchObject({ kind: 'done' })
    expect(await kindOf(200)).toMatchObject({ kind: 'done' })
  })

  test('opens for those with the same limits only', async () => {
    await using own = await startBench({ allow: ['127.0.0.0/8'], now: () => 0 })
    const strict = { failures: 1, pause: '15m' }
    await own.run({ ...http(500), breaker: strict })
    expect((await own.run({ ...http(200), breaker: strict })).outcome).toEqual({ kind: 'circuit_open', delay: 900_000 })
    expect((await own.run(http(200))).outcome).toMatchObject({ kind: 'done' })
    expect((await own.run({ ...http(200), breaker: { failures: 1, pause: '14m' } })).outcome).toMatchObject({
      kind: 'done',
    })
    expect((await own.run({ ...http(200), breaker: strict })).outcome).toMatchObject({ kind: 'circuit_open' })
  })

  test('takes a timeout for a failure and a cancel for none; both make room for the next probe', async () => {
    const clock = { now: 0 }
    await using own = await startBench({ allow: ['127.0.0.0/8'], now: () => clock.now })
    const slow: HttpOptions = { url: `${other.url}/drip/body`, breaker: { failures: 1, pause: '10s' } }
    const cancelled = await own.run(slow, { meanwhile: (context) => setImmediate(() => own.cancel(context.id)) })
    expect(cancelled.thrown).toMatchObject({ code: 'cancelled' })
    expect((await own.run(slow, { timeout: 50 })).thrown).toMatchObject({ code: 'timed_out' })
    expect((await own.run(slow)).outcome).toEqual({ kind: 'circuit_open', delay: 10_000 })
    clock.now += 10_000
    const probe = await own.run(slow, { meanwhile: (context) => setImmediate(() => own.cancel(context.id)) })
    expect(probe.thrown).toMatchObject({ code: 'cancelled' })
    expect((await own.run({ ...slow, url: `${other.url}/echo` })).outcome).toMatchObject({ kind: 'done' })
  })
})
