/** The same commands on a storage and, by `--url`, on a server of that storage. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { createServer, type Server } from '../../src/server/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Ended, newFolder, start, writeConfig } from './command.ts'

const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
const folder = temporaryFolder('remote')
const storage = `sqlite:${join(folder, 'rota.db')}`

const jobs = [
  defineJob({
    id: 'greet',
    input: type<{ name: string }>(),
    metadata: { team: 'mail' },
    async run({ name }, ctx) {
      ctx.log.info(`hello ${name}`, { size: name.length })
      ctx.log.warn('again')
      return { greeted: name }
    },
  }),
  defineJob({
    id: 'fail',
    retries: 0,
    run: () => {
      throw new Error('no \u001b[31mway\u0007\u202e')
    },
  }),
  defineJob({ id: 'idle', lane: 'idle', run: () => null }),
]

let rota: Rota
let server: Server
let url = ''
let admin = ''
let viewer = ''
/** Ids of what is stored, by a name. */
const ids: Record<string, string> = {}

const local = (args: readonly string[], input?: string): Promise<Ended> =>
  start(args, { cwd: newFolder(), env: { ROTA_STORAGE: storage }, ...(input !== undefined && { input }) }).ended

const remote = (args: readonly string[], input?: string, token = admin): Promise<Ended> =>
  start([...args, '--url', url], {
    cwd: newFolder(),
    env: { ROTA_TOKEN: token },
    ...(input !== undefined && { input }),
  }).ended

const named = (args: readonly string[]): string[] =>
  args.map((arg) => arg.replace(/^@(\w+)$/, (_, name) => ids[name] as string))

beforeAll(async () => {
  rota = createRota({ storage, jobs, lanes: { default: 5 }, worker: { name: 'here' } })
  server = createServer(rota, { secret: 'a secret of at least 32 characters' })
  url = (await server.listen({ port: 0 })).url
  const [greet, fail, idle] = jobs as unknown as [(typeof jobs)[0], (typeof jobs)[0], (typeof jobs)[0]]
  await rota.start()
  const store = async (name: string, job: (typeof jobs)[0], input?: unknown, options = {}) => {
    ids[name] = (await rota.enqueue(job, input as never, options)).id
  }
  await store('done', greet, { name: 'Ada' })
  await store('failed', fail)
  for (let i = 0; i < 12; i++) await store(`waits${i}`, idle, { n: i }, { at: '2035-01-01T00:00:00Z' })
  await store('ready', idle)
  await rota.result(ids.done as never)
  await rota.result(ids.failed as never).catch(() => {})
  ids.flow = (
    await rota.flow('order', (f) => ({
      b: f.job(idle, undefined as never, { after: f.job(idle, undefined as never) }),
    }))
  ).id
  await rota.lanes.pause('mail', { reason: 'the provider is down' })
  const put = { job: 'greet', input: { name: 'Ada' }, when: { cron: '0 9 * * 1-5' }, timezone: 'Europe/Rome' } as const
  for (const id of ['report', 'paused', 'other/one']) await rota.schedules.put({ id, ...put })
  await rota.schedules.pause('paused', { reason: 'a holiday' })
  const key = async (name: string, role: string) =>
    (await local(['keys', 'create', name, '--role', role])).stdout.trim()
  admin = await key('admin', 'admin')
  viewer = await key('viewer', 'viewer')
})

afterAll(async () => {
  await server.close()
  await rota.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What no two looks at the same thing have in common. */
const steady = (text: string): unknown =>
  JSON.parse(text, (key, value) => (['seenAt', 'leaseUntil', 'lastUsedAt', 'local'].includes(key) ? null : value))

describe('what is looked at is the same', () => {
  test.each([
    ['jobs list'],
    ['jobs list state:succeeded,failed --limit 1'],
    ['jobs list job:idle metadata.team:x'],
    ['jobs show @done'],
    ['jobs show @failed'],
    ['jobs explain @waits0'],
    ['jobs explain @ready'],
    ['jobs logs @done'],
    ['jobs wait @done'],
    ['jobs purge --older-than 1s --dry-run'],
    ['flows list'],
    ['flows list order --limit 5'],
    ['flows show @flow'],
    ['lanes list'],
    ['workers list'],
    ['schedules list'],
    ['schedules list --state active,paused --limit 2'],
    ['schedules list --job greet --state paused'],
    ['schedules show report'],
    ['schedules show other/one'],
    ['schedules next report --count 3'],
    ['schedules history report'],
    ['handlers list'],
    ['handlers show greet'],
    ['users list'],
    ['keys list'],
    ['audit list --limit 2 --since 1d'],
  ])('%s', async (line) => {
    const args = [...named(line.split(' ')), '--json']
    const [here, there] = await Promise.all([local(args), remote(args)])
    expect(here).toMatchObject({ code: 0 })
    expect({ ...there, stdout: steady(there.stdout) }).toEqual({
      code: 0,
      stdout: steady(here.stdout),
      stderr: here.stderr.replaceAll(storage, url),
    })
  })

  test('tables are, too, and nothing in them is a command to a terminal', async () => {
    const lines = [
      'jobs list',
      'jobs show @failed',
      'jobs logs @done',
      'jobs explain @waits0',
      'flows list',
      'flows show @flow',
    ]
    const steady = [...lines, 'lanes list', 'audit list', 'users list', 'handlers list', 'schedules history report']
    for (const line of [...steady, 'schedules list', 'schedules show report', 'workers list', 'keys list']) {
      const args = named(line.split(' '))
      const [here, there] = await Promise.all([local(args), remote(args)])
      if (steady.includes(line)) expect(there.stdout).toBe(here.stdout)
      expect(there).toMatchObject({ code: 0 })
      expect(there.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    }
    expect((await remote(['jobs', 'list', 'state:failed'])).stdout).toContain('no [31mway')
  })
})

describe('what is changed', () => {
  /** The same edit, of one thing here and of another there. */
  test.each([
    ['jobs cancel', 'waits0', 'waits1', ['--reason', 'wrong']],
    ['jobs reschedule', 'waits2', 'waits3', ['--in', '2h']],
    ['jobs update', 'waits2', 'waits3', ['--priority', 'high', '--input', '{"n":7}']],
    ['jobs run', 'waits4', 'waits5', []],
    ['jobs retry', 'waits0', 'waits1', []],
    ['jobs delete', 'waits6', 'waits7', []],
  ])('%s', async (command, own, other, flags) => {
    const run = async (on: typeof local, name: string) => {
      const ended = await on([...command.split(' '), ids[name] as string, ...flags, '--json'])
      return { ...ended, stdout: ended.stdout.replaceAll(ids[name] as string, 'it') }
    }
    const here = await run(local, own)
    expect(here).toMatchObject({ code: 0, stderr: '' })
    expect(await run(remote, other)).toEqual(here)
    const [one, two] = [await rota.job(ids[own] as never), await rota.job(ids[other] as never)]
    expect(two?.state).toBe(one?.state)
    expect([two?.reason, two?.priority]).toEqual([one?.reason, one?.priority])
  })

  test('several jobs, one of which others wait for: they go in an order that works', async () => {
    const idle = jobs[2] as (typeof jobs)[0]
    const first = (await rota.enqueue(idle, undefined as never, { in: '1h' })).id
    const second = (await rota.enqueue(idle, undefined as never, { after: first })).id
    expect(await remote(['jobs', 'delete', first, second])).toMatchObject({ code: 0, stderr: '' })
    const mixed = await remote(['jobs', 'delete', ids.waits8 as string, nobody])
    expect(mixed).toMatchObject({ code: 3, stdout: `${ids.waits8} deleted\n` })
    expect(mixed.stderr).toMatch(/^rota: There is no job .*\[job_not_found\]\n$/)
  })

  test('jobs purge', async () => {
    const purged = await remote(['jobs', 'purge', 'state:cancelled', '--older-than', '0ms', '--yes', '--json'])
    expect(purged).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(purged.stdout)).toMatchObject({ more: false })
  })

  test('enqueue, with all that may be said, and wait', async () => {
    const flags = [
      '--data',
      '{"name":"Bob"}',
      '--metadata',
      'a=1',
      '--priority',
      'high',
      '--key',
      'k1',
      '--wait',
      '--json',
    ]
    const ended = await remote(['enqueue', 'greet', ...flags])
    expect(ended.code).toBe(0)
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'created', output: { greeted: 'Bob' } })
    const { id } = JSON.parse(ended.stdout)
    expect(await rota.job(id)).toMatchObject({ metadata: { a: 1, team: 'mail' }, priority: 'high' })
    expect((await remote(['enqueue', 'greet', '--data', '{"name":"Bob"}', '--key', 'k1'])).stdout).toBe(
      `${id} duplicate\n`,
    )
    const later = await remote([
      'enqueue',
      'greet',
      '--at',
      '2035-01-01T00:00:00Z',
      '--keep-succeeded',
      'none',
      '--unique',
      'x',
    ])
    expect(later).toMatchObject({ code: 0, stderr: '' })
  })

  test('enqueue on a storage without the code: by what a worker has told', async () => {
    const stored = await local(['enqueue', 'greet', '--data', '{"name":"Cy"}', '--wait'])
    expect(stored).toMatchObject({ code: 0, stdout: '{\n  "greeted": "Cy"\n}\n' })
    const unknown = await local(['enqueue', 'gret'])
    expect(unknown).toMatchObject({ code: 3, stdout: '' })
    expect(unknown.stderr).toMatch(
      /^rota: job: there is no definition "gret", did you mean "greet"\? Known: fail, greet, http, idle\. \[job_unknown\]/,
    )
  })

  test('jobs logs -f ends with the job', async () => {
    const { stdout } = await remote(['enqueue', 'greet', '--data', '{"name":"Di"}'])
    const followed = await remote(['jobs', 'logs', '-f', stdout.split(' ')[0] as string, '--json'])
    expect(followed).toMatchObject({ code: 0, stderr: '' })
    expect(
      followed.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).message),
    ).toEqual(['hello Di', 'again'])
  })

  test('lanes, schedules, workers', async () => {
    const commands = [
      ['lanes pause idle --reason quiet', 'idle paused\n'],
      ['lanes resume idle', 'idle resumed\n'],
      ['lanes resume idle', 'idle unchanged\n'],
      [
        'schedules put mine --job greet --every 1h --misfire all:3 --exclude-weekdays sat,sun --starts-at 2035-01-01T00:00:00Z',
        'mine created\n',
      ],
      ['schedules pause mine --for 2h', 'mine paused\n'],
      ['schedules resume mine', 'mine resumed\n'],
      ['schedules delete mine', 'mine deleted\n'],
    ] as const
    for (const [line, stdout] of commands) expect(await remote(line.split(' '))).toMatchObject({ code: 0, stdout })
    const triggered = await remote(['schedules', 'trigger', 'report', '--wait'])
    expect(triggered).toMatchObject({ code: 0, stdout: '{\n  "greeted": "Ada"\n}\n' })
    const span = ['--from', '2026-01-05T00:00:00Z', '--to', '2026-01-07T00:00:00Z', '--dry-run']
    const [here, there] = await Promise.all(
      [local, remote].map((on) => on(['schedules', 'backfill', 'report', ...span])),
    )
    expect(there).toEqual(here)
    expect(there?.stdout).toBe('2026-01-05T08:00:00.000Z\n2026-01-06T08:00:00.000Z\n')
    const [{ id }] = JSON.parse((await remote(['workers', 'list', '--json'])).stdout)
    expect((await remote(['workers', 'drain', id])).stdout).toBe(`${id} draining\n`)
    expect((await local(['workers', 'resume', id])).stdout).toBe(`${id} working\n`)
  })

  test.each([
    ['here', local],
    ['there', remote],
  ])('people and keys, %s', async (where, on) => {
    const email = `ada@${where}.example`
    const add = await on(
      ['users', 'add', email, '--role', 'operator', '--password-stdin', '--json'],
      'correct horse battery\n',
    )
    expect(add).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(add.stdout)).toMatchObject({ email, name: email, role: 'operator' })
    expect(await on(['users', 'add', email, '--password-stdin'], 'correct horse battery')).toMatchObject({ code: 5 })
    const signedIn = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: 'correct horse battery' }),
    })
    expect(signedIn.status).toBe(200)
    expect((await on(['users', 'set-role', email, 'viewer'])).stdout).toMatch(/ viewer\n$/)
    expect(await on(['users', 'remove', email, '--json'])).toMatchObject({ code: 0 })
    expect(await on(['users', 'remove', email])).toMatchObject({ code: 3 })
    expect(await on(['users', 'add', 'x@y.example'])).toMatchObject({ code: 2, stdout: '' })

    const made = await on([
      'keys',
      'create',
      `mine ${where}`,
      '--role',
      'operator',
      '--lane',
      'mail',
      '--lane',
      'idle',
      '--expires',
      '90d',
    ])
    expect(made.stdout).toMatch(/^rota_[\w-]+\n$/)
    expect(made.stderr).toContain('ROTA_TOKEN')
    const key = made.stdout.trim()
    expect(await remote(['lanes', 'list', '--json'], undefined, key)).toMatchObject({ code: 0 })
    const known = JSON.parse((await on(['keys', 'list', '--json'])).stdout).find(
      ({ name }: { name: string }) => name === `mine ${where}`,
    )
    expect(known).toMatchObject({ role: 'operator', lanes: ['mail', 'idle'], revokedAt: null })
    expect((await on(['keys', 'revoke', known.id])).stdout).toBe(`${known.id} revoked\n`)
    expect(await remote(['lanes', 'list'], undefined, key)).toMatchObject({ code: 4 })
    const audited = JSON.parse((await on(['audit', 'list', '--target', `key:${known.id}`, '--json'])).stdout)
    expect(audited.map(({ action }: { action: string }) => action)).toEqual(['keys.revoke', 'keys.create'])
    expect(audited[0].actor).toMatchObject(where === 'here' ? { kind: 'cli' } : { kind: 'key', name: 'admin' })
    for (const said of [audited, known]) expect(JSON.stringify(said)).not.toContain(key)
  })
})

describe('failures', () => {
  test.each([
    ['jobs show nothing', 3, 'job_not_found'],
    [`jobs show ${nobody}`, 3, 'job_not_found'],
    [`jobs logs ${nobody}`, 3, 'job_not_found'],
    [`jobs wait ${nobody}`, 3, 'job_not_found'],
    [`flows show ${nobody}`, 3, 'flow_not_found'],
    ['schedules show nothing', 3, 'schedule_not_found'],
    ['jobs retry @waits9', 5, 'job_state'],
    ['jobs wait @failed', 7, 'job_failed'],
    ['jobs wait @waits9 --timeout 50ms', 124, 'wait_timeout'],
    ['jobs list state:sleeping', 2, 'option_invalid'],
    ['schedules put x --job greet --cron nonsense', 2, 'schedule_invalid'],
    ['workers drain nothing', 3, 'worker_not_found'],
    ['keys revoke nothing', 3, 'key_not_found'],
    ['users remove nobody@example.org', 3, 'user_not_found'],
    ['handlers show nothing', 3, 'job_unknown'],
  ])('%s: %i', async (line, code, name) => {
    const args = named(line.split(' '))
    const [here, there] = await Promise.all([local(args), remote(args)])
    expect(here).toMatchObject({ code, stdout: '' })
    expect(there).toMatchObject({ code, stdout: '' })
    expect(here.stderr).toMatch(new RegExp(`\\[${name}\\]`))
    expect(there.stderr).toMatch(new RegExp(`\\[${name}\\]`))
  })

  test('enqueue of what nobody knows', async () => {
    const ended = await remote(['enqueue', 'gret'])
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(ended.stderr).toMatch(/greet.*\[job_unknown\]/)
  })

  test('who may not: no token, a wrong one, one that may only look', async () => {
    for (const token of ['', 'rota_wrong']) {
      const ended = await remote(['jobs', 'list'], undefined, token)
      expect(ended).toMatchObject({ code: 4, stdout: '' })
      expect(ended.stderr).toMatch(/^rota: .*\[sign_in_required\]\n$/)
      expect(ended.stderr).not.toContain('rota_wrong')
    }
    expect(await remote(['jobs', 'list'], undefined, viewer)).toMatchObject({ code: 0 })
    const refused = await remote(['jobs', 'cancel', ids.waits9 as string], undefined, viewer)
    expect(refused).toMatchObject({ code: 4, stdout: '' })
    expect(refused.stderr).toMatch(/\[not_allowed\]\n$/)
  })

  test('nobody is there', async () => {
    const env = { ROTA_URL: 'http://127.0.0.1:9', ROTA_TOKEN: 'rota_token' }
    const ended = await start(['jobs', 'list'], { cwd: newFolder(), env }).ended
    expect(ended).toMatchObject({ code: 6, stdout: '' })
    expect(ended.stderr).toMatch(
      /^rota: The server at http:\/\/127\.0\.0\.1:9 cannot be reached.*\[server_unreachable\]\n$/,
    )
    expect(ended.stderr).not.toContain('rota_token')
  })
})

describe('which of both', () => {
  const from = (args: readonly string[], env = {}) =>
    start(args, { cwd: newFolder(), env: { ROTA_TOKEN: admin, ...env } }).ended

  test('a flag goes before the environment', async () => {
    const listed = async (args: string[], env = {}) => JSON.parse((await from([...args, '--json'], env)).stdout).length
    expect(await listed(['schedules', 'list'], { ROTA_URL: url })).toBe(3)
    expect(await listed(['schedules', 'list', '--storage', 'sqlite:empty.db'], { ROTA_URL: url })).toBe(0)
    expect(await listed(['schedules', 'list', '--url', url], { ROTA_STORAGE: 'sqlite:empty.db' })).toBe(3)
    expect(await listed(['schedules', 'list'], { ROTA_URL: url, DATABASE_URL: 'postgres://nowhere/x' })).toBe(3)
  })

  test('a worker goes where the environment says, too', async () => {
    const cwd = newFolder()
    writeConfig(cwd, `export default defineConfig({ jobs: [defineJob({ id: 'far', run: () => 'done' })] })`)
    const [byServer, byFile] = [[], ['--config', 'rota.config.ts']].map((flags) =>
      start(['worker', ...flags], { cwd, env: { ROTA_TOKEN: admin, ROTA_URL: url } }),
    )
    await until('one serves the server', () => byServer?.stderr().includes(`serving far for ${url}`) === true)
    await until('one serves the storage of the file', () => byFile?.stderr().includes('of sqlite:') === true)
    expect(await from(['enqueue', 'far', '--wait'], { ROTA_URL: url })).toMatchObject({ code: 0, stdout: '"done"\n' })
  })

  test.each([
    [['jobs', 'list', '--url', 'http://a', '--storage', 'sqlite:b.db'], {}],
    [['jobs', 'list', '--url', 'http://a', '--config', 'c.ts'], {}],
    [['jobs', 'list'], { ROTA_URL: 'http://a', ROTA_STORAGE: 'sqlite:b.db' }],
    [['worker'], { ROTA_URL: 'http://a', ROTA_STORAGE: 'sqlite:b.db' }],
    [['worker', '--url', 'http://a', '--storage', 'sqlite:b.db'], {}],
    [['jobs', 'list', '--url', 'nowhere'], {}],
    [['migrate', '--url', 'http://a'], {}],
    [['bench', '--url', 'http://a'], {}],
    [['worker', '--url', 'http://a'], {}],
    [['dev', '--url', 'http://a'], {}],
    [['config', 'show', '--url', 'http://a'], {}],
    [['jobs', 'list', '--token', 'x'], {}],
  ])('usage: %j %j', async (args, env) => {
    const ended = await from(args, env)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^rota: [^\n]+\n$/)
    if (args.includes('--token')) expect(ended.stderr).toContain('ROTA_TOKEN')
  })
})
