import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { newFolder, rota, start, writeConfig } from './command.ts'

const jobs = `
export default defineConfig({
  poll: '50ms',
  jobs: [
    defineJob({ id: 'greet', input: shape(), run: (input) => ({ hello: input.name }) }),
    defineJob({ id: 'break', retries: 1, backoff: { type: 'fixed', delay: 1 }, run: () => { throw new Error('no \\x1b[31mway') } }),
    defineJob({ id: 'wait', run: (_, ctx) => new Promise((_, no) => ctx.signal.addEventListener('abort', () => no(new Error('aborted')))) }),
  ],
})`

function folderWithJobs(): string {
  const folder = newFolder()
  writeConfig(folder, jobs)
  return folder
}

test('a job is enqueued, run by a worker, awaited, listed and shown', async () => {
  const folder = folderWithJobs()
  const worker = start(['worker'], { cwd: folder })
  await until('the worker serves', () =>
    worker.stderr().includes('serving greet, break, wait in lane default of sqlite:'),
  )
  const waited = await rota(folder, 'enqueue', 'greet', '--data', '{"name":"Ada"}', '--wait')
  expect(waited).toMatchObject({ code: 0, stdout: '{\n  "hello": "Ada"\n}\n' })

  const stored = JSON.parse((await rota(folder, 'enqueue', 'greet', '--data', '{"name":"Bob"}', '--json')).stdout)
  expect(stored).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'created' })
  const over = await rota(folder, 'jobs', 'wait', stored.id, '--timeout', '20s', '--json')
  expect(over.code).toBe(0)
  expect(JSON.parse(over.stdout)).toMatchObject({ id: stored.id, state: 'succeeded', output: { hello: 'Bob' } })

  const listed = JSON.parse((await rota(folder, 'jobs', 'list', 'state:succeeded', '--json')).stdout)
  expect(listed.map((job: { input: { name: string } }) => job.input.name)).toEqual(['Bob', 'Ada'])
  expect(new Date(listed[0].finishedAt).toISOString()).toBe(listed[0].finishedAt)
  expect(Object.keys(listed[0])).toEqual(
    expect.arrayContaining(['input', 'output', 'error', 'reason', 'metadata', 'worker']),
  )

  const shown = await rota(folder, 'jobs', 'show', stored.id)
  expect(shown.stdout).toMatch(/^state\s+succeeded$/m)
  expect(shown.stdout).toMatch(/^output\s+\{"hello":"Bob"\}$/m)

  worker.process.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 0, stdout: '' })
})

test('a job that fails is told by the worker, is exit code 7 to who waits, and keeps its attempts', async () => {
  const folder = folderWithJobs()
  const worker = start(['worker'], { cwd: folder })
  const failed = await rota(folder, 'enqueue', 'break', '--wait', '--json')
  expect(failed).toMatchObject({ code: 7, stdout: '' })
  expect(failed.stderr).toMatch(/^rota: .*no \[31mway.* \[job_failed\]$/m)
  await until('the worker tells', () => worker.stderr().includes('failed: break'))

  const listed = await rota(folder, 'jobs', 'list', 'state:failed')
  expect(listed.stdout).toContain('no [31mway')
  expect(listed.stdout).not.toContain('\x1b')
  const [{ id }] = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout)
  const shown = JSON.parse((await rota(folder, 'jobs', 'show', id, '--json')).stdout)
  expect(shown.attempts.map((one: { attempt: number; to: string }) => [one.attempt, one.to])).toEqual([
    [1, 'scheduled'],
    [2, 'failed'],
  ])

  worker.process.kill('SIGINT')
  expect(await worker.ended).toMatchObject({ code: 130 })
})

test('input comes from a file and from stdin', async () => {
  const folder = folderWithJobs()
  writeFileSync(join(folder, 'input.json'), '{"name":"File"}')
  await rota(folder, 'enqueue', 'greet', '--data', '@input.json')
  await start(['enqueue', 'greet', '--data', '-'], { cwd: folder, input: '{"name":"Stdin"}' }).ended
  const listed = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout)
  expect(listed.map((job: { input: { name: string } }) => job.input.name)).toEqual(['Stdin', 'File'])
})

test('a unique job of the command line', async () => {
  const folder = folderWithJobs()
  const enqueue = async (...flags: string[]) => {
    const { stdout } = await rota(folder, 'enqueue', 'wait', '--in', '1h', '--unique', 'mine', ...flags)
    return stdout.trim().split(' ') as [id: string, status: string]
  }
  const [id] = await enqueue()
  expect(await enqueue('--within', '1d', '--priority', 'high')).toEqual([id, 'duplicate'])
  expect(await enqueue('--on-conflict', 'replace', '--priority', 'high')).toEqual([id, 'replaced'])
  expect(await enqueue('--on-conflict', 'reschedule', '--priority', 'low')).toEqual([id, 'rescheduled'])
  const jobs = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout)
  expect(jobs.map((job: { priority: string }) => job.priority)).toEqual(['high'])
})

test('every option of enqueue reaches the job', async () => {
  const folder = folderWithJobs()
  const flags = ['--in', '1h', '--lane', 'mail', '--priority', 'high', '--retries', '7', '--key', 'k']
  const first = await rota(folder, 'enqueue', 'wait', ...flags)
  expect(first.stdout).toMatch(/^[0-9a-f-]{36} created\n$/)
  expect((await rota(folder, 'enqueue', 'wait', ...flags)).stdout).toBe(first.stdout.replace('created', 'duplicate'))
  const [job, ...others] = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout)
  expect(others).toEqual([])
  expect(job).toMatchObject({
    state: 'scheduled',
    lane: 'mail',
    priority: 'high',
    maxAttempts: 8,
    input: null,
    output: null,
  })
  expect(Date.parse(job.dueAt) - Date.parse(job.enqueuedAt)).toBe(3_600_000)
})

test.each([
  ['an unknown command', 2, ['job'], 'usage'],
  ['an unknown flag', 2, ['jobs', 'list', '--jsn'], 'usage'],
  ['a missing argument', 2, ['jobs', 'show'], 'usage'],
  ['a filter nobody knows', 2, ['jobs', 'list', 'stat:failed'], 'option_unknown'],
  ['a state nobody knows', 2, ['jobs', 'list', 'state:broken'], 'option_invalid'],
  ['a limit out of range', 2, ['jobs', 'list', '--limit', '5000'], 'option_invalid'],
  ['a limit that is no number', 2, ['jobs', 'list', '--limit', 'x'], 'option_invalid'],
  ['no duration', 2, ['enqueue', 'greet', '--in', 'soon'], 'duration_invalid'],
  ['no instant', 2, ['enqueue', 'greet', '--at', 'soon'], 'instant_invalid'],
  ['no JSON', 2, ['enqueue', 'greet', '--data', '{'], 'payload_not_json'],
  ['a file that is not there', 2, ['enqueue', 'greet', '--data', '@none.json'], 'option_invalid'],
  ['an unknown action', 2, ['migrate', 'down'], 'usage'],
  ['no storage', 2, ['jobs', 'list', '--storage', 'mysql:x'], 'storage_invalid'],
  ['an unknown job', 3, ['enqueue', 'gret'], 'job_unknown'],
  ['no id', 3, ['jobs', 'show', 'abc'], 'job_not_found'],
  ['an id nobody has', 3, ['jobs', 'show', '01890a5d-ac96-774b-bcce-b302099a8057', '--json'], 'job_not_found'],
  ['waiting for nobody', 3, ['jobs', 'wait', '01890a5d-ac96-774b-bcce-b302099a8057', '--json'], 'job_not_found'],
  ['a database that is away', 6, ['jobs', 'list', '--storage', 'sqlite:none/rota.db'], 'storage_unreachable'],
])('%s is exit code %i', async (_, code, args, error) => {
  const ended = await rota(folderWithJobs(), ...args)
  expect(ended).toMatchObject({ code, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`^rota: [^\\n]+ \\[${error}\\]\\n$`))
})

test('another input under the same key is a conflict, a wait that is too long a timeout', async () => {
  const folder = folderWithJobs()
  const { stdout } = await rota(folder, 'enqueue', 'greet', '--key', 'k', '--data', '{"name":"Ada"}', '--json')
  const conflict = await rota(folder, 'enqueue', 'greet', '--key', 'k', '--data', '{"name":"Bob"}', '--json')
  expect(conflict).toMatchObject({ code: 5, stdout: '' })
  const late = await rota(folder, 'jobs', 'wait', JSON.parse(stdout).id, '--timeout', '100ms', '--json')
  expect(late).toMatchObject({ code: 124, stdout: '' })
})

test('Ctrl-C ends a wait with 130', async () => {
  const folder = folderWithJobs()
  const waiting = start(['enqueue', 'wait', '--wait'], { cwd: folder })
  await until('it waits', () => waiting.stderr().includes('waiting'))
  waiting.process.kill('SIGINT')
  expect(await waiting.ended).toMatchObject({ code: 130, stdout: '' })
})

test('a second Ctrl-C ends a worker at once', async () => {
  const folder = folderWithJobs()
  await rota(folder, 'enqueue', 'wait', '--timeout', '1h')
  const worker = start(['worker'], { cwd: folder })
  await until(
    'the job runs',
    async () => (await rota(folder, 'jobs', 'list', 'state:running', '--json')).stdout !== '[]\n',
  )
  worker.process.kill('SIGINT')
  await until('it stops', () => worker.stderr().includes('stopping'))
  // One press may arrive twice, so a second one counts only after a moment: press until it does.
  const ended = worker.ended.then(() => true)
  const pressed = performance.now()
  await until('it is gone', async () => {
    worker.process.kill('SIGINT')
    return Promise.race([ended, new Promise<boolean>((no) => setImmediate(no, false))])
  })
  expect(performance.now() - pressed).toBeLessThan(5_000) // its grace would be 30 s
  expect(await worker.ended).toMatchObject({ code: 130 })
})
