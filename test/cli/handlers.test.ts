/** `rota handlers` and `rota enqueue --http`: the same on a storage and, by `--url`, on a server of that storage. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota, defineJob, type Rota } from '../../src/index.ts'
import { createServer, type Server } from '../../src/server/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type LocalTarget, localTarget } from '../support/target.ts'
import { type Ended, newFolder, start, writeConfig } from './command.ts'

const folder = temporaryFolder('handlers')
const storage = `sqlite:${join(folder, 'rota.db')}`
const secret = 'a secret of at least 32 characters'

let rota: Rota
let server: Server
let target: LocalTarget
let url = ''
let token = ''

interface With {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}
type Place = (args: readonly string[], given?: With) => Promise<Ended>

const local: Place = (args, { env, cwd = newFolder(), ...given } = {}) =>
  start(args, { cwd, ...given, env: { ROTA_STORAGE: storage, ROTA_SECRET: secret, ...env } }).ended

const remote: Place = (args, { env, cwd = newFolder(), ...given } = {}) =>
  start([...args, '--url', url], { cwd, ...given, env: { ROTA_TOKEN: token, ...env } }).ended

const places: [string, Place][] = [
  ['on a storage', local],
  ['on a server', remote],
]

beforeAll(async () => {
  target = await localTarget()
  rota = createRota({
    storage,
    poll: '50ms',
    jobs: [defineJob({ id: 'in-code', run: () => null })],
    http: { allow: ['127.0.0.1'] },
  })
  server = createServer(rota, { secret })
  url = (await server.listen({ port: 0 })).url
  await rota.start()
  token = (await local(['keys', 'create', 'admin', '--role', 'admin'])).stdout.trim()
})

afterAll(async () => {
  await server.close()
  await rota.stop()
  await target[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** The same address for both, so that tables are as wide. */
const hook = () => `${target.url}/hook/{{input.n?}}`
const put = (id: string, ...more: string[]) => ['handlers', 'put', id, '--http', 'POST', hook(), ...more]

const put0 = ['handlers', 'put', 'wrong', '--http', 'https://a.example/']

/** What no two definitions have in common. */
const steady = (id: string, text: string): string =>
  text
    .replaceAll(id, '<id>')
    .replace(/whsec_[A-Za-z0-9+/=]{44}/g, '<key>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3})?Z/g, '<instant>')
    .replace(/^made by +(cli|api)$/m, 'made by <origin>')
    .replace(/("by": "|"origin": ")[^"]+/g, '$1…')

/** What was typed, and what came of it. */
interface Said {
  readonly args: string
  readonly code: number | null
  /** JSON, or what else came on stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: it is checked by what the test expects
  readonly data: any
  readonly stderr: string
}

async function life(id: string, place: Place): Promise<Said[]> {
  const all = ['--secret-header', 'authorization=env:API_TOKEN', '--header', 'x-team: mail', '--retries', '5']
  const more = ['--contains', 'ok', '--lacks', 'error', '--equals', 'ok=true', '--status', '200,201', '--async', '1h']
  const commands: string[][] = [
    put(id, ...all),
    put(id, ...all),
    put(id, ...more, '--timeout', '10s', '--description', 'tells', '--owner', 'mail', '--retry', 'all', '--json'),
    put(id, ...more, '--timeout', '10s', '--description', 'tells', '--owner', 'mail', '--retry', 'all'),
    ['handlers', 'show', id],
    ['handlers', 'show', id, '--json'],
    ['handlers', 'disable', id],
    ['handlers', 'disable', id, '--json'],
    ['enqueue', id],
    ['handlers', 'enable', id],
    ['handlers', 'rotate-key', id],
    ['handlers', 'rotate-key', id, '--json'],
    ['handlers', 'versions', id, '--json'],
    ['handlers', 'delete', id],
    ['handlers', 'show', id],
    ['handlers', 'delete', id],
    ['handlers', 'versions', id, '--json'],
  ]
  const told: Said[] = []
  for (const args of commands) {
    const { code, stdout, stderr } = await place(args, { env: { API_TOKEN: 'Bearer s3cret' } })
    const text = steady(id, stdout)
    // The order of properties is no part of JSON.
    const data = args.includes('--json') ? JSON.parse(text) : text
    told.push({ args: steady(id, args.join(' ')), code, data, stderr: steady(id, stderr) })
  }
  return told
}

test('a definition is put, changed, looked at, disabled, enabled, given another key and deleted, with the same words on both', async () => {
  const said = await life('hook-1', local)
  expect(await life('hook-2', remote)).toEqual(said)
  expect(said.map(({ code }) => code).join(' ')).toBe('0 0 0 0 0 0 0 0 5 0 0 0 0 0 3 3 0')
  const at = (i: number): Said => said[i] as Said
  expect(at(0)).toMatchObject({
    data: '<id> created\n',
    stderr: expect.stringMatching(/signed.+this once:\n {2}<key>\n$/),
  })
  expect(at(1)).toMatchObject({ data: '<id> updated\n', stderr: '' }) // whether a secret is another one, nobody can tell
  expect(at(2).data).toMatchObject({ status: 'updated', version: 3, signingKey: null })
  expect(at(3).data).toBe('<id> unchanged\n')
  expect(at(4).data).toMatch(/^state +enabled$/m)
  expect(at(5).data).toMatchObject({
    ...{ description: 'tells', owner: 'mail', options: { timeout: 10_000, retries: 3 } },
    http: {
      ...{ method: 'POST', secretHeaders: ['authorization'], signingKeys: 1, async: { deadline: 3_600_000 } },
      success: {
        ...{ status: [200, 201], bodyContains: ['ok'], bodyLacks: ['error'], json: [{ path: 'ok', equals: true }] },
      },
    },
  })
  expect([at(6).data, at(7).data]).toMatchObject(['<id> disabled\n', { status: 'unchanged', version: 4 }])
  expect(at(8).stderr).toMatch(/rota handlers enable <id>.+\[handler_disabled\]/)
  expect([at(10).data, at(11).data]).toMatchObject(['<key>\n', { status: 'updated', version: 7, signingKey: '<key>' }])
  expect(at(10).stderr).toContain('shown this once')
  const versions = at(12).data.map(({ version, enabled }: Record<string, unknown>) => `${version} ${enabled}`)
  expect(versions.join(', ')).toBe('7 true, 6 true, 5 true, 4 false, 3 true, 2 true, 1 true')
  expect(at(14).stderr).toContain('[job_unknown]')
  expect(at(16).data.slice(0, 2)).toMatchObject([{ version: 8, definition: null }, { version: 7 }])
  expect(JSON.stringify(said)).not.toContain('s3cret')
})

test.each(places)('code has no versions that are stored %s', async (_, place) => {
  const ended = await place(['handlers', 'versions', 'in-code'])
  expect(ended).toEqual({ code: 0, stdout: '', stderr: expect.stringContaining('in-code stands in code') })
})

test.each(places)('all definitions stand in one list %s', async (where, place) => {
  const id = where.replaceAll(' ', '-')
  await place(put(id))
  const { stdout } = await place(['handlers', 'list'])
  expect(stdout).toMatch(/^ID +KIND +STATE +LANE +PRIORITY +RETRIES +TIMEOUT +RUNS\n/)
  expect(stdout).toMatch(/^in-code +code +enabled +default /m)
  expect(stdout).toContain(`POST ${target.url}/hook/`)
  const listed = JSON.parse((await place(['handlers', 'list', '--json'])).stdout) as { id: string; kind: string }[]
  expect(listed).toContainEqual(expect.objectContaining({ id, kind: 'http' }))
})

describe('secrets come from where others do not see them', () => {
  /** The header as the target got it, in a job of this definition. */
  async function sent(id: string, place: Place): Promise<unknown> {
    const before = target.received.length
    expect(await place(['enqueue', id, '--wait'])).toMatchObject({ code: 0 })
    return target.received.slice(before).find(({ headers }) => headers['rota-job'] === id)?.headers.authorization
  }

  test.each(places)('from the environment, a file or stdin, or they stay, %s', async (where, place) => {
    const id = `secret-${where.replaceAll(' ', '-')}`
    const cwd = newFolder()
    writeFileSync(join(cwd, 'token'), 'of a file\n')
    const store = async (from: string, given: With) =>
      (await place(put(id, '--secret-header', `authorization=${from}`), { cwd, ...given })).stdout
    expect(await store('env:API_TOKEN', { env: { API_TOKEN: 'of the environment' } })).toBe(`${id} created\n`)
    expect(await sent(id, place)).toBe('of the environment')
    await store('file:token', {})
    expect(await sent(id, place)).toBe('of a file')
    await store('-', { input: 'of stdin\n' })
    expect(await sent(id, place)).toBe('of stdin')
    expect(await store('keep', {})).toBe(`${id} unchanged\n`)
    await place(put(id, '--timeout', '1m'))
    expect(await sent(id, place)).toBe('of stdin')
  })

  test('not from an argument, which everybody on the machine sees', async () => {
    const ended = await local(put('argued', '--secret-header', 'authorization=s3cret'))
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^rota: --secret-header: a secret is no argument.+env:VARIABLE.+\[option_invalid\]\n$/)
    expect(ended.stderr).not.toContain('s3cret')
    expect((await local(['handlers', 'show', 'argued'])).code).toBe(3)
  })

  test.each(places)('those that are stored do not go to another origin %s', async (where, place) => {
    const id = `moved-${where.replaceAll(' ', '-')}`
    await place(put(id, '--secret-header', 'authorization=env:API_TOKEN'), { env: { API_TOKEN: 's3cret' } })
    const ended = await place(['handlers', 'put', id, '--http', 'https://elsewhere.example/'])
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('another origin than before') })
  })

  test('a key of its own, which is not printed', async () => {
    await local(put('own-key'))
    const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const rotated = await local(['handlers', 'rotate-key', 'own-key', '--key', 'env:NEW_KEY'], {
      env: { NEW_KEY: key },
    })
    expect(rotated).toMatchObject({ code: 0, stdout: `${key}\n` })
    const refused = await local(['handlers', 'rotate-key', 'own-key', '--key', key])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--key: a secret is no argument') })
  })
})

test('all of a definition as JSON in a file, on stdin or as it is typed', async () => {
  const cwd = newFolder()
  const definition = {
    http: {
      url: `${target.url}/render`,
      method: 'PUT',
      body: { page: '{{input.page}}' },
      secretHeaders: { 'x-key': 'k' },
    },
    ...{ retries: 2, backoff: { type: 'fixed', delay: '1s' }, lane: 'default' },
    input: { type: 'object', required: ['page'], properties: { page: { type: 'integer' } } },
  }
  writeFileSync(join(cwd, 'render.json'), JSON.stringify(definition))
  expect((await local(['handlers', 'put', 'render', '--data', '@render.json'], { cwd })).stdout).toBe(
    'render created\n',
  )
  const typed = await remote(['handlers', 'put', 'render', '--data', '-'], { input: JSON.stringify(definition) })
  expect(typed).toMatchObject({ code: 0, stdout: 'render updated\n' })
  const wrong = await remote(['enqueue', 'render', '--data', '{"page":"one"}'])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('input_invalid') })
  expect(await remote(['enqueue', 'render', '--data', '{"page":7}', '--wait'])).toMatchObject({ code: 0 })
  expect(target.received.findLast(({ path }) => path === '/render')).toMatchObject({
    ...{ method: 'PUT', body: '{"page":7}', headers: { 'x-key': 'k' } },
  })
})

describe('what is wrong names the flag or the field', () => {
  test.each<[string[], number, string]>([
    [['handlers', 'put', 'wrong'], 2, '--http: say what is to be called'],
    [['handlers', 'put', 'wrong', '--http', 'FETCH', 'https://a.example'], 2, '--http: "FETCH" is no method'],
    [['handlers', 'put', 'wrong', '--http', 'ftp://a.example'], 2, 'http.url: '],
    [['handlers', 'put', 'wrong', '--http', 'https://{{input.host}}/'], 2, 'http.url: '],
    [['handlers', 'put', 'wrong', '--http', 'GET', 'https://a.example', 'x'], 2, '--http: "x" is too much'],
    [['handlers', 'put', 'wrong', '--http', 'https://a.example', '--data', '{}'], 2, '--data: it has all'],
    [['handlers', 'put', 'wrong', '--data', '{'], 2, '--data: not JSON'],
    [['handlers', 'put', 'wrong', '--data', '@none.json'], 2, '--data: ENOENT'],
    [['handlers', 'put', 'wrong', '--data', '{"htp":{}}'], 2, 'htp'],
    [[...put0, '--header', 'x'], 2, '--header: "x" has no ":"'],
    [[...put0, '--header', 'authorization: s3cret'], 2, 'http.headers.authorization: '],
    [[...put0, '--query', 'x'], 2, '--query: "x" has no "="'],
    [[...put0, '--equals', 'x'], 2, '--equals: write path=value'],
    [[...put0, '--status', 'fine'], 2, 'http.success.status[0]: '],
    [[...put0, '--retry', 'never'], 2, 'http.retry: '],
    [[...put0, '--redirects', '99'], 2, 'http.redirects: '],
    [[...put0, '--async', 'soon'], 2, 'http.async.deadline: '],
    [[...put0, '--retries', 'many'], 2, 'retries: '],
    [[...put0, '--body', '@none.txt'], 2, '--body: ENOENT'],
    [[...put0, '--input-schema', '[]'], 2, 'input: '],
    [[...put0, '--secret-header', 'authorization=env:NO_SUCH'], 2, '--secret-header: the environment has no NO_SUCH'],
    [[...put0, '--secret-header', 'authorization=keep'], 2, 'http.secretHeaders.authorization: '],
    [['handlers', 'put', 'in-code', '--http', 'https://a.example'], 5, 'handler_conflict'],
    [['handlers', 'disable', 'in-code'], 5, 'handler_conflict'],
    [['handlers', 'enable', 'in-cod'], 3, 'did you mean "in-code"'],
    [['handlers', 'versions', 'in-cod'], 3, 'did you mean "in-code"'],
    [['handlers', 'versions', 'in-cod', '--json'], 3, 'did you mean "in-code"'],
    [['handlers', 'rotate-key', 'wrong', '--key', 'keep'], 2, '--key: a secret is no argument'],
    [['enqueue'], 2, 'enqueue: say which job'],
    [['enqueue', 'in-code', '--http', 'https://a.example'], 2, '"in-code" does not go with it'],
    [['enqueue', '--http', 'GET', 'https://a.example', '--data', '{}'], 2, 'request.body: '],
  ])('%j', async (args, code, words) => {
    const ended = await local(args)
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toMatch(/^rota: [^\n]+ \[\w+\]\n$/)
    expect(ended.stderr).toContain(words)
    expect(ended.stderr).not.toContain('s3cret')
  })
})

describe('a single request', () => {
  test.each(places)('is a job without a definition %s', async (_, place) => {
    const get = await place(['enqueue', '--http', 'GET', `${target.url}/ping`, '--query', 'a=b c', '--wait'])
    expect(get).toMatchObject({ code: 0 })
    expect(JSON.parse(get.stdout)).toMatchObject({ status: 200, body: { ok: true } })
    expect(target.received.at(-1)).toMatchObject({ method: 'GET', path: '/ping?a=b%20c' })
    const post = ['enqueue', '--http', `${target.url}/ping`, '--data', '{"n":1}', '--header', 'x-team: mail', '--wait']
    expect(await place(post)).toMatchObject({ code: 0 })
    expect(target.received.at(-1)).toMatchObject({ method: 'POST', body: '{"n":1}', headers: { 'x-team': 'mail' } })
  })

  test('that fails is a failed job', async () => {
    await local(put('missing', '--status', '404', '--retries', '0'))
    const failed = await local(['enqueue', 'missing', '--wait'])
    expect(failed).toMatchObject({ code: 7, stdout: '', stderr: expect.stringContaining('The target answered 200') })
  })
})

test('a folder without a storage gets none by a mistake', async () => {
  const cwd = newFolder()
  const ended = await start(['enqueue', '--http', 'https://a.example/'], { cwd }).ended
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('config_invalid') })
  expect(readdirSync(cwd)).toEqual([])
})

test('a schedule starts a stored definition, which is not deleted meanwhile', async () => {
  await local(put('tick'))
  const schedule = [
    'schedules',
    'put',
    'every-second',
    '--job',
    'tick',
    '--every',
    '1s',
    '--data',
    '{"n":"by a schedule"}',
  ]
  expect(await remote(schedule)).toMatchObject({ code: 0, stdout: 'every-second created\n' })
  await until('the schedule has fired', () => target.received.some(({ path }) => path === '/hook/by%20a%20schedule'))
  const refused = await local(['handlers', 'delete', 'tick'])
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringMatching(/every-second.+\[handler_needed\]/) })
  await local(['schedules', 'delete', 'every-second'])
  expect(await local(['handlers', 'delete', 'tick'])).toMatchObject({ code: 0, stdout: 'tick deleted\n' })
})

describe('what requests may reach', () => {
  /** A worker of its own, and a request to this machine for it. */
  async function asked(args: readonly string[], { config = '', env = {} } = {}): Promise<Ended> {
    const cwd = newFolder()
    if (config !== '') writeConfig(cwd, config)
    const worker = start(args, { cwd, env })
    await until('it serves', () => worker.stderr().includes('serving '))
    return start(['enqueue', '--http', 'GET', `${target.url}/guarded`, '--wait'], { cwd }).ended
  }
  const serve = ['serve', '--no-schedules']

  test('is public, unless something else is said', async () => {
    const ended = await asked(serve)
    expect(ended).toMatchObject({ code: 7, stdout: '', stderr: expect.stringContaining('http.allow') })
  })

  test.each<[string, string[], object]>([
    ['a flag of serve', [...serve, '--http-allow', '10.0.0.0/8,127.0.0.1'], {}],
    ['a flag of worker', ['worker', '--http-allow', '127.0.0.1'], { config: 'export default { jobs: [] }' }],
    ['a flag of dev', ['dev', '--no-server', '--http-allow', '127.0.0.1'], { config: 'export default { jobs: [] }' }],
    ['the environment', serve, { env: { ROTA_HTTP_ALLOW: '127.0.0.1' } }],
    ['the configuration file', serve, { config: `export default { http: { allow: ['127.0.0.1'] } }` }],
    [
      'a flag before the environment',
      [...serve, '--http-allow', '127.0.0.1'],
      { config: `export default { http: { allow: ['10.0.0.1'] } }`, env: { ROTA_HTTP_ALLOW: '10.0.0.2' } },
    ],
  ])('is said by %s', async (_, args, given) => {
    expect(await asked(args, given)).toMatchObject({ code: 0, stdout: expect.stringContaining('"status": 200') })
  })

  test.each<[string[], Record<string, string>, string]>([
    [['serve', '--http-allow', 'http://a'], {}, '--http-allow[0]: "http://a" is no address'],
    [['serve', '--http-allow', 'a,,b'], {}, '--http-allow: "a,,b" has an empty address'],
    [['config', 'show'], { ROTA_HTTP_ALLOW: '10.0.0.0/99' }, 'ROTA_HTTP_ALLOW[0]: "10.0.0.0/99" is no address'],
  ])('%j with %j is a usage error', async (args, env, words) => {
    const ended = await start(args, { cwd: newFolder(), env }).ended
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(words)
  })

  test('a process that makes no requests needs no leave', async () => {
    const cwd = newFolder()
    writeConfig(cwd, 'export default { http: false }')
    const refused = await start(['serve', '--http-allow', '127.0.0.1'], { cwd }).ended
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('`http: false`') })
    const shown = await start(['config', 'show'], { cwd, env: { ROTA_HTTP_ALLOW: '127.0.0.1' } }).ended
    expect(shown.stdout).toMatch(/^http\.allow +no requests +rota\.config\.ts$/m)
  })

  test('config show says where it comes from', async () => {
    const { stdout } = await start(['config', 'show'], { cwd: newFolder(), env: { ROTA_HTTP_ALLOW: '127.0.0.1' } })
      .ended
    expect(stdout).toMatch(/^http\.allow +\["127\.0\.0\.1"\] +environment ROTA_HTTP_ALLOW$/m)
  })
})
