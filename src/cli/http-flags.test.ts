import { expect, test } from 'vitest'
import { createProgram } from './program.ts'

const run = (...args: string[]) =>
  createProgram().parseAsync([...args, '--storage', 'sqlite::memory:'], { from: 'user' })

test.each([
  ['--header', 'x-team: mail'],
  ['--query', 'page=2'],
  ['--body', '{}'],
  ['--content-type', 'text/plain'],
  ['--secret-header', 'authorization=env:API_TOKEN'],
  ['--status', '200'],
  ['--contains', 'ok'],
  ['--lacks', 'error'],
  ['--equals', 'ok=true'],
  ['--retry', 'all'],
  ['--redirects', '3'],
  ['--async', '1h'],
])('a definition in --data is not told anything else by %s, which would be dropped', async (flag, value) => {
  const all = JSON.stringify({ http: { url: 'https://a.example/' } })
  const put = run('handlers', 'put', 'renew', '--data', all, flag, value)
  await expect(put).rejects.toMatchObject({
    code: 'option_invalid',
    field: flag.slice(2),
    message: `${flag}: it belongs to --http, which is not here. Put it into the JSON of --data, or say all of the request with flags.`,
  })
})

test.each([
  ['--header', 'x-team: mail'],
  ['--query', 'page=2'],
])('a job by its id takes no %s', async (flag, value) => {
  await expect(run('enqueue', 'renew', flag, value)).rejects.toMatchObject({
    code: 'option_invalid',
    message: `${flag}: it belongs to --http, which is not here. Leave it out: what jobs of "renew" do stands in their definition.`,
  })
})

test('a secret is no part of an argument, also not within --data', async () => {
  for (const own of [{ secretHeaders: { authorization: 'Bearer x' } }, { signingKeys: ['whsec_x'] }]) {
    const all = JSON.stringify({ http: { url: 'https://a.example/', ...own } })
    await expect(run('handlers', 'put', 'renew', '--data', all)).rejects.toMatchObject({ field: 'data' })
  }
})

test('stdin is read for one flag', async () => {
  const put = run(
    'handlers',
    'put',
    'x',
    '--http',
    'https://a.example/',
    '--secret-header',
    'x-a=-',
    '--secret-header',
    'x-b=-',
  )
  await expect(put).rejects.toMatchObject({
    message: expect.stringContaining('stdin is read for --secret-header already'),
  })
})
