/** `rota schedules`: what people type and see; what it means is tested in `test/engine`. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { newFolder, rota, start, writeConfig } from './command.ts'

const config = `
const named = { '~standard': { version: 1, vendor: 'test', validate: (value) =>
  typeof value?.name === 'string' ? { value } : { issues: [{ message: 'must have a name' }] } } }
const cleanup = defineJob({ id: 'cleanup', run: () => 'clean' })
export default defineConfig({
  poll: '50ms',
  jobs: [
    defineJob({ id: 'greet', input: named, run: (input) => ({ hello: input.name }) }),
    defineJob({ id: 'stay', run: (_, ctx) => new Promise((_, no) => ctx.signal.addEventListener('abort', () => no(new Error('aborted')))) }),
  ],
  profiles: [defineProfile('maint', (s) => s.add(cleanup, { every: '1d' }, { id: 'tidy', description: 'by the code' }))],
  lanes: { default: 5 },
})`

function folderWithJobs(): string {
  const folder = newFolder()
  writeConfig(folder, `import { defineProfile } from 'rota'\n${config}`)
  return folder
}

interface Schedule {
  readonly id: string
  readonly state: string
  readonly [field: string]: unknown
}

const json = async <T = Schedule>(folder: string, ...args: string[]): Promise<T> => {
  const { code, stdout, stderr } = await rota(folder, 'schedules', ...args, '--json')
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

const everyYear = ['--job', 'greet', '--natural', 'every year on march 1st at 9am', '--data', '{"name":"Ada"}']

/** The same on both databases: `flags` say which. */
function wholeLife(flags: () => string[]): void {
  test('a schedule is put, looked at, changed, triggered, filled up and deleted', async () => {
    const folder = folderWithJobs()
    const schedules = (...args: string[]) => rota(folder, 'schedules', ...args, ...flags())
    const put = await schedules('put', 'renew-ada', ...everyYear, '--tz', 'Europe/Rome', '--owner', 'billing')
    expect(put).toMatchObject({ code: 0, stdout: 'renew-ada created\n' })
    expect(put.stderr).toMatch(/^every year on .+, Europe\/Rome\nnext run \d{4}-03-01 08:00:00Z \(in \d+d( \d+h)?\)\n$/)
    expect(
      (await schedules('put', 'renew-ada', ...everyYear, '--tz', 'Europe/Rome', '--owner', 'billing')).stdout,
    ).toBe('renew-ada unchanged\n')
    expect((await schedules('put', 'renew-ada', ...everyYear)).stdout).toBe('renew-ada updated\n')

    const [listed, shown, next] = await Promise.all([
      schedules('list'),
      schedules('show', 'renew-ada'),
      schedules('next', 'renew-ada', '--count', '2'),
    ])
    expect(listed.stdout).toMatch(
      /^ID +JOB +STATE +NEXT +IN +LAST +RUNS +ZONE +WHEN\nrenew-ada +greet +active +\d{4}-03-01 09:00:00Z +in .+ +- +0 +UTC +every year on .+\n$/,
    )
    expect(shown.stdout).toMatch(/^owner +-$/m) // what was not said has gone back to its default
    expect(shown.stdout).toMatch(/^overlap +allow: a run starts even while an earlier one is not over$/m)
    expect(shown.stdout.match(/^\d{4}-03-01T09:00:00\+00:00 /gm)).toHaveLength(5)
    expect(next.stdout).toMatch(/^LOCAL +UTC +IN +NOTE\n(\d{4}-03-01T09:00:00\+00:00 .+\n){2}$/)

    const paused = await schedules('pause', 'renew-ada', '--reason', 'no money', '--for', '2h')
    expect(paused).toMatchObject({ code: 0, stdout: 'renew-ada paused\n' })
    expect(paused.stderr).toMatch(/^it goes on \S+ \S+Z \(in (2h|1h 59m)\)\n$/)
    expect((await schedules('show', 'renew-ada')).stdout).toMatch(/^state +paused \(no money\)$/m)
    expect((await schedules('resume', 'renew-ada')).stdout).toBe('renew-ada resumed\n')
    expect(await schedules('resume', 'renew-ada')).toMatchObject({
      code: 0,
      stdout: 'renew-ada unchanged\n',
      stderr: expect.stringContaining('renew-ada was not paused'),
    })

    const past = ['backfill', 'renew-ada', '--from', '2020-01-01T00:00:00Z', '--to', '2023-12-31T00:00:00Z']
    const slots = ['2020', '2021', '2022', '2023'].map((year) => `${year}-03-01T09:00:00.000Z`)
    const dry = await schedules(...past, '--dry-run')
    expect(dry).toEqual({ code: 0, stdout: `${slots.join('\n')}\n`, stderr: '4 slots; nothing was stored\n' })
    const some = await schedules(...past, '--limit', '3')
    expect(some.stdout).toBe('3 slots: 3 jobs stored, 0 had run before\n')
    expect(some.stderr).toBe('the limit was reached; go on with --from 2022-03-01T09:00:00.001Z\n')
    expect(JSON.parse((await schedules(...past, '--json')).stdout)).toEqual({
      slots,
      more: false,
      stored: 1,
      duplicates: 3,
      refused: [],
    })

    const worker = start(['worker', ...flags()], { cwd: folder })
    await until('the worker serves', () => worker.stderr().includes('serving greet, stay, cleanup'))
    const triggered = await schedules('trigger', 'renew-ada', '--wait')
    expect(triggered).toMatchObject({ code: 0, stdout: '{\n  "hello": "Ada"\n}\n' })
    await until('all have run', async () => !(await schedules('history', 'renew-ada')).stdout.includes('ready'))
    const history = (await schedules('history', 'renew-ada')).stdout.split('\n').slice(0, -1)
    expect(history.map((line) => line.slice(0, 5).trim())).toEqual([
      'SLOT',
      expect.any(String),
      '2023-',
      '2022-',
      '2021-',
      '2020-',
    ])
    expect(history[1]).toMatch(/ succeeded +\S+ +\S+ +[0-9a-f-]{36} +triggered$/)
    const ofIt = await rota(folder, 'jobs', 'list', 'schedule:renew-ada', '--json', ...flags())
    expect(JSON.parse(ofIt.stdout)).toHaveLength(5)
    const { stdout: workers } = await rota(folder, 'workers', 'list', '--json', ...flags())
    expect(JSON.parse(workers)[0].lanes).toEqual([{ name: 'default', concurrency: 5 }])
    worker.process.kill('SIGTERM')
    await worker.ended

    const gone = await schedules('delete', 'renew-ada', 'renew-bob')
    expect(gone).toMatchObject({ code: 3, stdout: 'renew-ada deleted\n' })
    expect(gone.stderr).toBe('rota: There is no schedule "renew-bob". [schedule_not_found]\n')
  }, 90_000)
}

describe('SQLite', () => wholeLife(() => []))

describe('PostgreSQL', () => {
  let server: RunningPostgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  wholeLife(() => ['--storage', server.url])
})

test('every flag of put reaches the schedule', async () => {
  const folder = folderWithJobs()
  const timing = ['--cron', '0 0 12 ? * FRI', '--dialect', 'quartz', '--tz', 'Europe/Rome', '--dst-gap', 'skip']
  const limits = ['--starts-at', '2090-01-01T00:00:00Z', '--ends-at', '2099-01-01T00:00:00Z', '--max-runs', '7']
  const policies = ['--overlap', 'queue', '--misfire', 'all:20', '--jitter', '10s..30s', '--run-on', 'every']
  const not = ['--exclude-dates', '2090-12-24,12-25', '--exclude-weekdays', 'sat,sun', '--outside', '09:00-17:00']
  const crons = ['--exclude-cron', '* * * 8 *', '--exclude-cron', '0 0 0 1 * ?', '--dst-repeat', 'both']
  const job = ['--lane', 'mail', '--priority', 'high', '--retries', '2', '--timeout', '10s', '--on-timeout', 'mark']
  const ends = ['--on-lapse', 'fail', '--expires-in', '1h', '--metadata', 'team=a', '--keep-succeeded', 'none']
  const words = ['--owner', 'me', '--description', 'all of it', '--data', '{"name":"Ada"}']
  const flags = [timing, limits, policies, not, crons, job, ends, words].flat()
  const stored = await json(folder, 'put', 'a/b:c@d', '--job', 'greet', ...flags)
  expect(stored).toMatchObject({
    id: 'a/b:c@d',
    status: 'created',
    job: 'greet',
    when: { cron: '0 0 12 ? * FRI', dialect: 'quartz' },
    timezone: 'Europe/Rome',
    dst: { gap: 'skip', repeat: 'both' },
    startsAt: '2090-01-01T00:00:00.000Z',
    endsAt: '2099-01-01T00:00:00.000Z',
    maxRuns: 7,
    overlap: 'queue',
    misfire: { all: { max: 20 } },
    jitter: { min: 10_000, max: 30_000 },
    runOn: 'every',
    owner: 'me',
    description: 'all of it',
    input: { name: 'Ada' },
    options: {
      lane: 'mail',
      priority: 'high',
      retries: 2,
      onTimeout: 'mark',
      onLapse: 'fail',
      metadata: { team: 'a' },
    },
  })
  expect(stored.exclude).toEqual([
    { cron: '* * * 8 *' },
    { cron: '0 0 0 1 * ?' },
    { dates: ['2090-12-24', '12-25'] },
    { weekdays: ['sat', 'sun'] },
    { outside: ['09:00', '17:00'] },
  ])
  const { status: _, createdAt, updatedAt, ...view } = stored
  expect(await json(folder, 'list')).toEqual([
    { ...view, createdAt: expect.any(String), updatedAt: expect.any(String) },
  ])
  const shown = await json(folder, 'show', 'a/b:c@d')
  expect(shown).toMatchObject({ ...view, next: expect.any(Array), history: [] })
  expect((shown.next as unknown[])[0]).toEqual({
    at: '2090-01-06T11:00:00.000Z',
    local: '2090-01-06T12:00:00+01:00',
    shift: null,
  })
  const { stdout } = await rota(folder, 'schedules', 'show', 'a/b:c@d')
  for (const line of [
    /^runs +0 of 7$/m,
    /^misfire +all:20: the latest 20 runs that were missed are made up for$/m,
    /^jitter +10s\.\.30s: each run starts so much later, by chance$/m,
    /^dst gap +skip: what the clock leaves out does not run$/m,
    /^dst repeat +both: what the clock shows twice runs twice$/m,
    /^exclude +on sat and sun$/m,
  ])
    expect(stdout).toMatch(line)
}, 30_000)

test.each([
  [['--every', '90s'], { every: 90_000 }],
  [['--daily-at', '18:30, 09:00'], { dailyAt: ['18:30', '09:00'] }],
  [['--when', '0 9 * * *'], { cron: '0 9 * * *' }],
  [['--when', 'every day at noon'], { natural: 'every day at noon' }],
  [['--when', '5m'], { every: 300_000 }],
])('%j says when', async (flags, when) => {
  expect(await json(folderWithJobs(), 'put', 'x', '--job', 'cleanup', ...flags)).toMatchObject({ when })
})

test('a job that nobody here knows is stored all the same, with a word about it', async () => {
  const folder = newFolder()
  const put = await rota(folder, 'schedules', 'put', 'x', '--job', 'elsewhere', '--every', '5m', '--data', '[1]')
  expect(put).toMatchObject({ code: 0, stdout: 'x created\n' })
  expect(put.stderr).toContain('nobody here knows the job "elsewhere", so its input is stored unchecked\n')
  expect(await json(folder, 'list')).toMatchObject([{ id: 'x', input: [1] }])
  const trigger = await rota(folder, 'schedules', 'trigger', 'x')
  expect(trigger).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[job_unknown]') })
  const known = await rota(folderWithJobs(), 'schedules', 'put', 'x', '--job', 'clenup', '--every', '5m')
  expect(known.stderr).toContain('nobody here knows the job "clenup", did you mean "cleanup"?')
})

test('lists are filtered, and pages follow each other', async () => {
  const folder = folderWithJobs()
  {
    await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
    for (let i = 0; i < 5; i++) await store.schedules.put({ id: `s${i}`, job: i < 2 ? 'a' : 'b', when: '@daily' })
    await store.schedules.pause('s3')
  }
  const ids = async (...flags: string[]) => (await json<Schedule[]>(folder, 'list', ...flags)).map(({ id }) => id)
  expect(await ids('--job', 'b', '--state', 'active')).toEqual(['s2', 's4'])
  expect(await ids('--job', 'a,b', '--state', 'active,paused', '--origin', 'api')).toHaveLength(5)
  expect(await ids('--origin', 'code')).toEqual([])
  const page = await rota(folder, 'schedules', 'list', '--limit', '2', '--cursor', 's1')
  expect([page.stdout.match(/^s\d/gm), page.stderr]).toEqual([['s2', 's3'], 'there may be more: --cursor s3\n'])
  expect(await ids('--cursor', 's3')).toEqual(['s4'])
})

test('what comes from the code is changed over it, and reset', async () => {
  const folder = folderWithJobs()
  const worker = start(['worker'], { cwd: folder })
  await until('the schedule is stored', async () => (await json<Schedule[]>(folder, 'list')).length > 0)
  expect(await json(folder, 'list', '--origin', 'code')).toMatchObject([{ id: 'default:maint:tidy', changed: false }])
  await json(folder, 'put', 'default:maint:tidy', '--job', 'cleanup', '--every', '1h')
  expect((await rota(folder, 'schedules', 'show', 'default:maint:tidy')).stdout).toMatch(
    /^origin +the code of a worker, changed by hand: `rota schedules reset` takes that away\ndescription +by the code$/m,
  )
  const other = await rota(folder, 'schedules', 'put', 'default:maint:tidy', '--job', 'stay', '--every', '1h')
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('comes from the code') })
  expect((await rota(folder, 'schedules', 'reset', 'default:maint:tidy')).stdout).toBe('default:maint:tidy reset\n')
  expect((await rota(folder, 'schedules', 'reset', 'default:maint:tidy')).stdout).toBe('default:maint:tidy unchanged\n')
  expect(await json(folder, 'list')).toMatchObject([{ changed: false, when: { every: 86_400_000 } }])
  const gone = await rota(folder, 'schedules', 'delete', 'default:maint:tidy')
  expect(gone).toMatchObject({
    code: 0,
    stdout: 'default:maint:tidy deleted\n',
    stderr: expect.stringContaining('in the code'),
  })
  worker.process.kill('SIGTERM')
  await worker.ended
}, 30_000)

test('a run that overlap leaves out is a conflict', async () => {
  const folder = folderWithJobs()
  await rota(folder, 'schedules', 'put', 'x', '--job', 'stay', '--every', '1d', '--overlap', 'skip')
  const first = await rota(folder, 'schedules', 'trigger', 'x')
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36} created\n$/) })
  const second = await rota(folder, 'schedules', 'trigger', 'x')
  expect(second).toMatchObject({
    code: 5,
    stdout: '',
    stderr: expect.stringMatching(/^rota: nothing was stored: .+\n$/),
  })
  const told = await rota(folder, 'schedules', 'trigger', 'x', '--json')
  expect([told.code, JSON.parse(told.stdout)]).toEqual([5, { id: null, status: 'skipped' }])
  const shown = await rota(folder, 'jobs', 'show', first.stdout.split(' ')[0] as string)
  expect(shown.stdout).toMatch(/^schedule +x, triggered$/m)
})

test('the next runs of one that is paused say that they will not be', async () => {
  const folder = folderWithJobs()
  await rota(folder, 'schedules', 'put', 'x', '--job', 'stay', '--every', '1h')
  const next = () => rota(folder, 'schedules', 'next', 'x', '--count', '2')
  await rota(folder, 'schedules', 'pause', 'x', '--for', '90m', '--reason', 'why not')
  const later = await next()
  expect(later.stdout).toMatch(/ in 2h\n.* in 3h\n$|( in 1h 59m| in 2h 59m)\n/)
  expect(later.stderr).toBe('x is paused (why not)\n')
  await rota(folder, 'schedules', 'pause', 'x')
  expect((await next()).stdout.match(/ in (1h|59m \d+s|2h|1h 59m) +not while it is paused$/gm)).toHaveLength(2)
})

test('nothing that is stored commands the terminal', async () => {
  const folder = newFolder()
  const hostile = 'a\x1b]0;b\x07c\x9b31md\u202ee\nf'
  const flags = [
    '--owner',
    hostile,
    '--description',
    hostile,
    '--data',
    JSON.stringify(hostile),
    '--metadata',
    `k=${hostile}`,
  ]
  const put = await rota(folder, 'schedules', 'put', 'x', '--job', 'y', '--every', '5m', ...flags)
  expect(put.code).toBe(0)
  await rota(folder, 'schedules', 'pause', 'x', '--reason', hostile)
  for (const args of [
    ['list'],
    ['show', 'x'],
    ['next', 'x'],
    ['history', 'x'],
    ['list', '--json'],
    ['show', 'x', '--json'],
  ]) {
    const { code, stdout, stderr } = await rota(folder, 'schedules', ...args)
    expect(code).toBe(0)
    expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    if (!args.includes('--json')) expect(stdout + stderr).not.toMatch(/[\u202e]/)
  }
  expect((await json(folder, 'show', 'x')).input).toBe(hostile)
}, 30_000)

test('--cluster says where', async () => {
  const folder = newFolder()
  const clusters = `{ default: 'sqlite:a.db', sales: 'sqlite:b.db', old: { storage: 'sqlite:c.db', mode: 'archived' } }`
  writeConfig(folder, `export default defineConfig({ clusters: ${clusters} })`)
  await rota(folder, 'schedules', 'put', 'x', '--job', 'y', '--every', '5m', '--cluster', 'sales')
  expect(await json<Schedule[]>(folder, 'list', '--cluster', 'sales')).toHaveLength(1)
  expect((await rota(folder, 'schedules', 'list')).stderr).toMatch(
    /^no such schedules in default \(sqlite:.*a\.db\)\n$/,
  )
  expect(await rota(folder, 'schedules', 'show', 'x')).toMatchObject({ code: 3 })
  const archived = await rota(folder, 'schedules', 'put', 'x', '--job', 'y', '--every', '5m', '--cluster', 'old')
  expect(archived).toMatchObject({ code: 5, stderr: expect.stringContaining('[cluster_archived]') })
})

const unknown: [string[], number, string][] = [
  ['show', 'pause', 'resume', 'reset', 'trigger', 'next', 'history', 'delete'].map((name) => [name, 'none']),
  [['backfill', 'none', '--from', '2027-01-01T00:00:00Z', '--to', '2027-01-02T00:00:00Z']],
]
  .flat()
  .map((args) => [args, 3, 'schedule_not_found'])

const put = (...flags: string[]) => ['put', 'x', '--job', 'stay', ...flags]

test.each([
  ...unknown,
  [put(), 2, 'option_invalid'],
  [put('--every', '5m', '--cron', '0 9 * * *'), 2, 'option_invalid'],
  [put('--every', '5m', '--dialect', 'quartz'), 2, 'option_invalid'],
  [put('--every', '500ms'), 2, 'schedule_invalid'],
  [put('--every', 'often'), 2, 'duration_invalid'],
  [put('--daily-at', '25:00'), 2, 'schedule_invalid'],
  [put('--daily-at', '09:00,'), 2, 'option_invalid'],
  [put('--every', '5m', '--tz', 'Mars/Olympus'), 2, 'schedule_invalid'],
  [put('--every', '5m', '--starts-at', 'soon'), 2, 'instant_invalid'],
  [put('--every', '5m', '--misfire', 'all'), 2, 'option_invalid'],
  [put('--every', '5m', '--misfire', 'all:1001'), 2, 'option_invalid'],
  [put('--every', '5m', '--jitter', '1s..2s..3s'), 2, 'option_invalid'],
  [put('--every', '5m', '--jitter', '3s..2s'), 2, 'option_invalid'],
  [put('--every', '5m', '--overlap', 'wait'), 2, 'option_invalid'],
  [put('--every', '5m', '--run-on', 'two'), 2, 'option_invalid'],
  [put('--every', '5m', '--outside', '09:00'), 2, 'option_invalid'],
  [put('--every', '5m', '--exclude-dates', '2027-02-30'), 2, 'schedule_invalid'],
  [put('--every', '5m', '--exclude-weekdays', 'someday'), 2, 'schedule_invalid'],
  [put('--every', '5m', '--dst-gap', 'before'), 2, 'option_invalid'],
  [put('--every', '5m', '--max-runs', '0'), 2, 'option_invalid'],
  [put('--every', '5m', '--retries', 'x'), 2, 'option_invalid'],
  [put('--every', '5m', '--data', '{'), 2, 'payload_not_json'],
  [['put', 'x', '--job', 'greet', '--every', '5m', '--data', '{}'], 2, 'input_invalid'],
  [['put', 'a b', '--job', 'stay', '--every', '5m'], 2, 'option_invalid'],
  [['put', 'x', '--every', '5m'], 2, 'usage'],
  [['pause', 'none', '--for', '2h', '--until', '2099-01-01T00:00:00Z'], 2, 'option_invalid'],
  [['list', '--state', 'broken'], 2, 'option_invalid'],
  [['list', '--limit', '0'], 2, 'option_invalid'],
  [['next', 'none', '--count', 'x'], 3, 'schedule_not_found'],
  [['backfill', 'x', '--from', '2027-01-01T00:00:00Z'], 2, 'usage'],
  [['backfill', 'x', '--from', '2027-01-02T00:00:00Z', '--to', '2027-01-01T00:00:00Z'], 2, 'option_invalid'],
])('%j is exit code %i', async (args, code, error) => {
  const folder = folderWithJobs()
  const ended = await rota(folder, 'schedules', ...args)
  expect(ended).toMatchObject({ code, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`^rota: [^\\n]+ \\[${error}\\]\\n$`))
})

test('a bad expression is shown with its place', async () => {
  const folder = folderWithJobs()
  const place = async (...flags: string[]) => {
    const { code, stdout, stderr } = await rota(folder, 'schedules', ...put(...flags))
    expect([code, stdout]).toEqual([2, ''])
    return stderr.split('\n').slice(1).join('\n')
  }
  expect(await place('--cron', '0 9 * * MOX')).toBe('  0 9 * * MOX\n          ^\n')
  expect(await place('--natural', 'every wekday')).toBe('  every wekday\n        ^\n')
  expect(await place('--when', 'every wekday')).toBe('  every wekday\n        ^\n')
  const exclude = ['--exclude-cron', '* * * 8 *', '--exclude-cron', '* * * 13 *']
  expect(await place('--every', '5m', ...exclude)).toBe('  * * * 13 *\n        ^\n')
})

test('one that is over cannot be paused', async () => {
  const folder = folderWithJobs()
  const over = ['--cron', '0 0 12 1 1 ? 2020', '--dialect', 'quartz']
  expect(await rota(folder, 'schedules', ...put(...over))).toMatchObject({ code: 2 })
  {
    await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
    await store.schedules.put({ id: 'x', job: 'y', when: { every: '1s' }, endsAt: new Date(Date.now() + 3_000) })
    await store.schedules.put({ id: 'x', job: 'y', when: { every: '1s' }, endsAt: new Date(Date.now() - 3_000) })
  }
  const paused = await rota(folder, 'schedules', 'pause', 'x')
  expect(paused).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('[schedule_state]') })
})

test.each([
  [['schedules', 'ls'], "unknown command 'ls'; did you mean `rota schedules list`?"],
  [['schedule', 'x'], "unknown command 'schedule'; did you mean `rota schedules list|put`?"],
  [['backfill', 'x'], "unknown command 'backfill'; did you mean `rota schedules backfill`?"],
  [['schedules', 'put', 'x', '--job', 'y', '--timezone', 'UTC'], "unknown option '--timezone'; use --tz"],
])('%j says what to type', async (args, message) => {
  expect(await rota(newFolder(), ...args)).toEqual({ code: 2, stdout: '', stderr: `rota: ${message} [usage]\n` })
})
