/**
 * Secrets are nowhere but where they belong: every one has a value that can be found, the server is used well and badly, and then all its
 * answers, its output and the whole database are searched.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { startPostgres } from '../support/postgres.ts'
import type { Json } from '../support/server.ts'
import { json, localTarget } from '../support/target.ts'

const passwords = {
  first: 'canary-password-first',
  changed: 'canary-password-changed',
  wrong: 'canary-password-wrong',
  given: 'canary-password-given',
  reset: 'canary-password-reset',
}
const header = 'canary-secret-header'
const signingKey = `whsec_${Buffer.from('canary-signing-key-of-a-target').toString('base64')}`
const secret = 'canary-secret-of-the-server-with-enough-characters'
const databasePassword = 'canary-password-of-postgres'

/** What was found out on the way: value → the answers in which it may stand. */
type Secrets = Map<string, readonly string[]>

interface Heard {
  readonly name: string
  readonly status: number
  readonly body: Json
  /** Head and body. */
  readonly text: string
}

async function startChild(storage: string) {
  const env = { ...process.env, CANARY_STORAGE: storage, ROTA_SECRET: secret }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'canary-server.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const [told] = (await once(child, 'message')) as [{ readonly url: string; readonly setupToken: string }]
  return {
    ...told,
    output: () => output,
    async stop() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** Uses the server well and badly; remembers every answer. */
function caller(url: string) {
  const heard: Heard[] = []
  const ask = async (
    name: string,
    words: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Heard> => {
    const [method = '', path = ''] = words.split(' ')
    const own = { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(url + path, { method, headers: own, ...(body !== undefined && { body: text }) })
    const answer = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    const one = {
      name,
      status: response.status,
      body: isJson ? JSON.parse(answer) : null,
      text: JSON.stringify([...response.headers]) + answer,
    }
    heard.push(one)
    return one
  }
  return { heard, ask }
}

async function drive({ url, setupToken }: { readonly url: string; readonly setupToken: string }) {
  const { heard, ask } = caller(url)
  const secrets: Secrets = new Map(
    [secret, databasePassword, setupToken, header, signingKey, ...Object.values(passwords)].map((one) => [one, []]),
  )
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const keepToken = ({ name, body }: Heard): string => {
    for (const one of [body.token, body.token.split('.')[0], encodeURIComponent(body.token)]) secrets.set(one, [name])
    return body.token
  }
  const ada = { email: 'ada@example.com', password: passwords.first }

  for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/api/auth/status'])
    await ask(path, `GET ${path}`)
  const far = { 'x-forwarded-for': '203.0.113.9' } // on this machine no token is needed
  const refused = await ask(
    'set-up with a wrong token',
    'POST /api/auth/register',
    { ...ada, setupToken: 'wrong' },
    far,
  )
  expect(refused.status).toBe(403)
  await ask('a weak password', 'POST /api/auth/register', { ...ada, password: 'canary' })
  const registered = await ask('register', 'POST /api/auth/register', { ...ada, setupToken }, far)
  keepToken(registered)
  await ask('set-up once more', 'POST /api/auth/register', { ...ada, email: 'eve@example.com', setupToken })
  await ask('a wrong password', 'POST /api/auth/login', { ...ada, password: passwords.wrong })
  await ask('an unknown person', 'POST /api/auth/login', { email: 'eve@example.com', password: passwords.wrong })
  await ask('a password in a field too many', 'POST /api/auth/login', { ...ada, code: passwords.wrong })
  await ask('a password of the wrong type', 'POST /api/auth/login', { ...ada, password: [passwords.wrong] })
  await ask('a password that is too long', 'POST /api/auth/login', { ...ada, password: passwords.wrong.repeat(10) })
  await ask('a password as the body', 'POST /api/auth/login', passwords.wrong)
  await ask(
    'a body that breaks off',
    'POST /api/auth/login',
    `{"email":"ada@example.com","password":"${passwords.first}"x`,
  )
  const signed = await ask('login', 'POST /api/auth/login', ada, { 'idempotency-key': 'login' })
  const token = keepToken(signed)
  const admin = bearer(token)
  await ask('me', 'GET /api/auth/me', undefined, admin)
  await ask('me by a token without its signature', 'GET /api/auth/me', undefined, bearer(token.split('.')[0] as string))
  await ask('me by another signature', 'GET /api/auth/me', undefined, bearer(`${token}x`))

  const made = await ask('key', 'POST /api/keys', { name: 'ci', role: 'admin' }, { ...admin, 'idempotency-key': 'key' })
  secrets.set(made.body.key, ['key'])
  const byKey = bearer(made.body.key)
  await ask('keys', 'GET /api/keys', undefined, byKey)
  await ask('a key as a filter', 'GET /api/jobs?filter=nothing:x', undefined, byKey)
  const worker = await ask('worker', 'POST /api/workers', { lanes: { default: 1 }, jobs: [{ id: 'remote' }] }, byKey)
  if (worker.status === 201) secrets.set(worker.body.worker, ['worker'])

  const bob = await ask('user', 'POST /api/users', { email: 'bob@example.com', password: passwords.given }, admin)
  await ask('user again', 'POST /api/users', { email: 'bob@example.com', password: passwords.given }, admin)
  await ask(
    'reset',
    `PUT /api/users/${bob.body.id}`,
    { password: passwords.reset },
    { ...admin, 'idempotency-key': 'reset' },
  )
  const change = { current: passwords.wrong, password: passwords.changed }
  await ask('a wrong current password', 'POST /api/auth/password', change, admin)
  const changed = await ask('password', 'POST /api/auth/password', { ...change, current: passwords.first }, admin)
  const again = bearer(keepToken(changed))

  const job = await ask('a job', 'POST /api/jobs', { job: 'plain', input: {} }, { ...again, 'idempotency-key': 'job' })
  expect(job.status).toBe(201)
  const exploded = await ask('an error inside', 'POST /api/jobs', { job: 'explosive', input: {} }, again)
  expect([exploded.status, exploded.body.code]).toEqual([500, 'internal'])
  for (const path of ['users', 'keys', 'audit?limit=1000', 'workers', 'handlers', 'clusters', 'jobs', 'lanes', 'stats'])
    await ask(path, `GET /api/${path}`, undefined, again)
  const called = await useDefinition(ask, again, secrets)
  await ask('revoke', `DELETE /api/keys/${made.body.id}`, undefined, again)
  await ask('a key that was revoked', 'GET /api/auth/me', undefined, byKey)
  await ask('remove', `DELETE /api/users/${bob.body.id}`, undefined, again)
  const kept = await ask('login once more', 'POST /api/auth/login', { ...ada, password: passwords.changed })
  keepToken(kept)
  await ask('logout', 'POST /api/auth/logout', {}, again)
  heard.push({ name: 'what the target got', status: 0, body: null, text: called })
  return { heard, ask, secrets, kept: bearer(kept.body.token) }
}

/** Stores a definition with secrets, well and badly, and lets it call a target that tells them again. */
async function useDefinition(
  ask: ReturnType<typeof caller>['ask'],
  as: Record<string, string>,
  secrets: Secrets,
): Promise<string> {
  await using target = await localTarget()
  target.answer = ({ headers }, response) =>
    json(response, { echo: headers }, 500, { 'x-request-id': `a ${headers['x-key']}` })
  const http = { url: target.url, secretHeaders: { authorization: `Bearer ${header}`, 'x-key': header } }
  const put = (name: string, own: object, more: object = {}) =>
    ask(name, 'PUT /api/handlers/hook', { http: { ...http, ...own }, retries: 0, ...more }, as)
  await put('a secret header twice', { headers: { 'x-key': header } })
  await put('a secret header with a line break', { secretHeaders: { 'x-key': `${header}\r\nx: y` } })
  await put('a secret header in the open', { secretHeaders: {}, headers: { authorization: header } })
  await put('a signing key that is none', { signingKeys: [`${signingKey}!`] })
  await put('a secret in a field too many', { secret: header })
  const made = await put('a definition', {})
  expect(made.status).toBe(201)
  secrets.set(made.body.signingKey, ['a definition'])
  await put('a definition with a key', { signingKeys: [signingKey] })
  const rotated = await ask('another key', 'POST /api/handlers/hook/rotate-key', {}, as)
  secrets.set(rotated.body.signingKey, ['another key'])
  await put('another origin', { url: 'https://evil.example.com', secretHeaders: { 'x-key': true } })
  const job = await ask('a job of it', 'POST /api/jobs', { job: 'hook', input: {} }, as)
  const result = await ask('its result', `GET /api/jobs/${job.body.id}/result?timeout=20s`, undefined, as)
  expect(result.text).toContain('http_status')
  expect(target.received[0]?.headers.authorization).toBe(`Bearer ${header}`)
  for (const path of ['handlers', 'handlers/hook', 'handlers/hook/versions', 'audit?limit=1000', 'failures'])
    await ask(`${path} with it`, `GET /api/${path}`, undefined, as)
  for (const part of ['', '/logs', '/attempts', '/explain'])
    await ask(`its job${part}`, `GET /api/jobs/${job.body.id}${part}`, undefined, as)
  secrets.set(header, ['what the target got'])
  return JSON.stringify(target.received)
}

function expectNowhere(secrets: Secrets, places: readonly { readonly name: string; readonly text: string }[]): void {
  const found = [...secrets].flatMap(([value, allowed]) =>
    places
      .filter(({ name, text }) => text.includes(value) && !allowed.includes(name))
      .map(({ name }) => ({ name, value })),
  )
  expect(found).toEqual([])
  expect(secrets.size).toBeGreaterThan(12)
}

test('on SQLite', async () => {
  const folder = temporaryFolder('canary')
  const file = join(folder, 'rota.db')
  const child = await startChild(`sqlite:${file}`)
  try {
    const { heard, secrets } = await drive(child)
    const bytes = () =>
      [file, `${file}-wal`, `${file}-shm`]
        .filter((name) => existsSync(name))
        .map((name) => ({ name, text: readFileSync(name, 'latin1') }))
    const running = bytes()
    expect(running.some(({ text }) => text.includes('ada@example.com'))).toBe(true)
    await child.stop()
    expectNowhere(secrets, [...heard, ...running, ...bytes(), { name: 'output', text: child.output() }])
    expect(child.output()).toContain('no connection to')
    expect(existsSync(join(folder, 'rota.secret'))).toBe(false)
  } finally {
    await child.stop()
    rmSync(folder, { recursive: true })
  }
})

test('on PostgreSQL, whose password is one of them; also when it is gone', async () => {
  const postgres = await startPostgres()
  const storage = postgres.url.replace('rota@', `rota:${databasePassword}@`)
  const child = await startChild(`${storage}?schema=canary`)
  try {
    const { heard, ask, secrets, kept } = await drive(child)
    const tables = await dump(postgres.url, 'canary')
    expect(tables.some(({ text }) => text.includes('ada@example.com'))).toBe(true)
    await postgres.stop()
    for (const path of ['/readyz', '/api/jobs', '/api/users', '/api/auth/status', '/api/workers']) {
      const { status } = await ask(`${path} without a database`, `GET ${path}`, undefined, kept)
      expect(status).toBe(503)
    }
    await child.stop()
    expectNowhere(secrets, [...heard, ...tables, { name: 'output', text: child.output() }])
    expect(child.output()).toContain('postgres://rota:***@')
  } finally {
    await child.stop()
    await postgres.stop()
  }
})

/** All rows of all tables. */
async function dump(url: string, schema: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query('SELECT table_name FROM information_schema.tables WHERE table_schema = $1', [
      schema,
    ])
    const found = []
    for (const { table_name: name } of rows) {
      const { rows: own } = await client.query(`SELECT t::text AS text FROM "${schema}"."${name}" t`)
      found.push({ name: String(name), text: own.map(({ text }) => String(text)).join('\n') })
    }
    return found
  } finally {
    await client.end()
  }
}
