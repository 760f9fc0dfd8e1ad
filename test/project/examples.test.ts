/** The examples, run as they stand there. The README's own sample runs in pack.test.ts, where the package is installed. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { newSigningKey } from '../../src/kinds/http/signature.ts'

const root = resolve(import.meta.dirname, '../..')

const run = (file: string): string =>
  execFileSync(process.execPath, [join(root, 'examples', file)], { encoding: 'utf8', timeout: 30_000 })

test('the typed sample in examples/ runs', () => {
  expect(run('first-job.ts')).toBe('greeted Ada\n')
})

test('the sample of HTTP jobs runs, and ends by itself', () => {
  expect(run('http-jobs/main.ts')).toBe(`greet: the answer is the result: {"greeted":"Ada"}
render: 202, and reported later: {"pages":12}
flaky, try 1: The target answered 503: {"error":"not yet"}
flaky, try 2: The target answered 503: {"error":"not yet"}
flaky, then: {"attempt":3}
what was sent stands in the log: 3 lines
`)
})

test.each(['express', 'hono'])('the receiver for %s takes what is signed, and nothing else', async (framework) => {
  const key = newSigningKey()
  const file = join(root, `examples/http-jobs/receiver-${framework}.ts`)
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, PORT: '0', ROTA_SIGNING_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const url = `${line.trim()}/jobs/renew`
    await using rota = createRota({ storage: 'sqlite::memory:', http: { allow: ['127.0.0.1'] } })
    await rota.start()
    const runWith = async (id: string, signingKeys: readonly string[], input?: object) => {
      await rota.handlers.put({ id, http: { url, signingKeys }, retries: 0 })
      return rota.result((await rota.enqueue(await rota.handlers.job(id), input)).id)
    }
    expect(await runWith('renew', [key], { customer: 'c1' })).toMatchObject({
      status: 200,
      body: { renewed: { customer: 'c1' }, attempt: 1 },
    })
    expect(await runWith('empty', [key])).toMatchObject({ status: 200, body: { attempt: 1 } })
    expect(await runWith('rotated', [newSigningKey(), key])).toMatchObject({ status: 200 })
    await expect(runWith('forged', [newSigningKey()], {})).rejects.toThrow('answered 401')
    await expect(runWith('bare', [], {})).rejects.toThrow('answered 401')
  } finally {
    child.kill('SIGKILL')
  }
})
