/** Nine jobs stuck for nine reasons, each told by the command line alone, and helped by what it says. */
import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { newFolder, rota, start, writeConfig } from './command.ts'

const work = `
const untilAborted = (signal) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason)))
export const jobs = [
  defineJob({ id: 'note', run: () => 'done' }),
  defineJob({ id: 'moody', backoff: { type: 'fixed', delay: '1h' }, run: (_, ctx) => {
    if (ctx.fence === 1) throw new Error('not today')
    return 'done'
  } }),
  defineJob({ id: 'sleepy', run: (_, ctx) => (ctx.fence === 1 ? ctx.snooze('2h') : 'done') }),
  defineJob({ id: 'hang', timeout: '1h', run: (_, ctx) => (ctx.fence === 1 ? untilAborted(ctx.signal) : 'done') }),
]`
const report = `const jobs = [defineJob({ id: 'report', run: () => 'done' })]`
const config = (jobs: string, options: string) =>
  `${jobs}\nexport default defineConfig({ jobs, poll: '50ms', ${options} })`

interface Explained {
  readonly state: string
  readonly waitsFor: readonly { code: string; message: string; fix: string; command: string | null }[]
}

function shell(folder: string) {
  const json = async (...args: readonly string[]) => JSON.parse((await rota(folder, ...args, '--json')).stdout)
  const explain = (id: string): Promise<Explained> => json('jobs', 'explain', id)
  return {
    json,
    explain,
    enqueue: async (...args: readonly string[]): Promise<string> => (await json('enqueue', ...args)).id,
    /** What is told of a job, once it is stuck in this way. */
    async stuck(id: string, code: string) {
      let told = await explain(id)
      await until(`${id} waits: ${code}`, async () => {
        told = await explain(id)
        return told.waitsFor[0]?.code === code
      })
      return told.waitsFor[0] as Explained['waitsFor'][0]
    },
    /** Types a command as it stands in the explanation. */
    type: (command: string | null) => rota(folder, ...String(command).split(' ').slice(1)),
    async ends(id: string) {
      expect(await rota(folder, 'jobs', 'wait', id, '--timeout', '30s')).toMatchObject({ code: 0, stdout: '"done"\n' })
    },
  }
}

test('a job that waits for its lane, its time, its next try, a slot or its handler is told so, and what helps', async () => {
  const folder = newFolder()
  writeConfig(folder, config(work, 'lanes: { default: 5, mail: 1, narrow: 1 }'))
  const { json, explain, enqueue, stuck, type, ends } = shell(folder)
  await rota(folder, 'lanes', 'pause', 'mail', '--reason', 'the provider is down')
  const worker = start(['worker'], { cwd: folder })
  await until('the worker serves', () => worker.stderr().includes('serving'))
  const [paused, later, moody, sleepy, hanging] = await Promise.all([
    enqueue('note', '--lane', 'mail'),
    enqueue('note', '--in', '1h'),
    enqueue('moody'),
    enqueue('sleepy'),
    enqueue('hang', '--lane', 'narrow'),
  ])
  await stuck(hanging, 'running')
  const behind = await enqueue('note', '--lane', 'narrow')

  const lane = await stuck(paused, 'lane_paused')
  expect(lane.message).toContain('the provider is down')
  expect(lane.command).toBe('rota lanes resume mail')
  const text = await rota(folder, 'jobs', 'explain', paused)
  expect(text).toMatchObject({ code: 0, stderr: '' })
  expect(text.stdout).toMatch(
    /^note \S+ in lane mail is ready since .*Z\n\nlane_paused: .*\n {2}Let the lane go on\.\n {2}\$ rota lanes resume mail\n$/,
  )
  expect((await rota(folder, 'jobs', 'show', paused)).stdout).toMatch(/^explain +lane_paused: Lane "mail" is paused/m)
  expect((await rota(folder, 'lanes', 'list')).stdout).toMatch(/^mail +1 +0 +0 +1 +1 .*: the provider is down$/m)
  expect(await type(lane.command)).toMatchObject({ code: 0, stdout: 'mail resumed\n' })
  await ends(paused)

  const waiting = { scheduled: later, backoff: moody, snoozed: sleepy }
  for (const [code, id] of Object.entries(waiting)) {
    const told = await stuck(id, code)
    expect(told.command).toBe(`rota jobs run ${id}`)
    expect(await type(told.command)).toMatchObject({ code: 0 })
    await ends(id)
  }

  const slots = await stuck(behind, 'slots_busy')
  expect(slots.message).toBe('The only slot of lane "narrow" is taken, and it is the next one.')
  expect(slots.command).toBe('rota jobs list state:running lane:narrow')
  expect((await type(slots.command)).stdout).toContain(hanging)
  const held = await stuck(hanging, 'running')
  expect(held.message).toMatch(/^Worker "worker" .* it may take 1 h/)
  expect(held.fix).toBe(`To end it: rota jobs cancel ${hanging}`)
  await type(held.fix.replace(/^.*: /, ''))
  await ends(behind)
  const over = await stuck(hanging, 'cancelled')
  await type(over.command)
  await ends(hanging)
  expect((await explain(hanging)).waitsFor).toMatchObject([{ code: 'succeeded', command: null }])
  const [one, ...more] = await json('workers', 'list')
  expect([one.lanes[1], more]).toEqual([{ name: 'mail', concurrency: 1 }, []])
  expect((await rota(folder, 'workers', 'list')).stdout).toMatch(
    / default:5 mail:1 narrow:1 +note moody sleepy hang http$/m,
  )
})

test('a job that no worker serves, knows or holds any more is told so, and a worker helps', async () => {
  const folder = newFolder()
  writeConfig(folder, config(work, `lanes: { default: 5, mail: 1 }, lease: '1s'`))
  writeConfig(folder, config(report, `lanes: { default: 1 }`), 'report.config.ts')
  writeConfig(folder, config(work, `lanes: { mial: 1 }`), 'mial.config.ts')
  const { enqueue, stuck, ends, json } = shell(folder)
  const first = start(['worker'], { cwd: folder })
  const lost = await enqueue('hang')
  await stuck(lost, 'running')
  const [unserved, unknown] = await Promise.all([
    enqueue('note', '--lane', 'mial'),
    enqueue('report', '--config', 'report.config.ts'),
  ])
  const lane = await stuck(unserved, 'no_worker')
  expect(lane.message).toBe('No live worker serves lane "mial": those alive serve default, mail, did you mean "mail"?')
  expect([lane.fix, lane.command]).toEqual([expect.stringContaining("lanes: { 'mial': 10 }"), 'rota worker'])
  const job = await stuck(unknown, 'job_unknown')
  expect(job.message).toContain('No live worker of lane "default" knows the job "report"')
  expect([job.fix, job.command]).toEqual([expect.stringContaining('hang, http, moody, note, sleepy'), 'rota worker'])
  process.kill(-Number(first.process.pid), 'SIGKILL') // with its supervisor
  await first.ended
  await until('its lease is over', async () => (await json('workers', 'list')).length === 0)
  const gone = await stuck(lost, 'worker_lost')
  expect(gone).toMatchObject({ command: 'rota worker', fix: expect.stringContaining('start one') })

  start(['worker'], { cwd: folder })
  await ends(lost)
  start(['worker', '--config', 'mial.config.ts'], { cwd: folder })
  start(['worker', '--config', 'report.config.ts'], { cwd: folder })
  await Promise.all([ends(unserved), ends(unknown)])
})

test('a lane is paused and goes on; what is not one is refused', async () => {
  const folder = newFolder()
  writeConfig(folder, config(work, ''))
  expect(await rota(folder, 'lanes', 'pause', 'mail', '--json')).toMatchObject({
    code: 0,
    stdout: '{\n  "name": "mail",\n  "status": "paused"\n}\n',
  })
  const near = await rota(folder, 'lanes', 'resume', 'mial')
  expect(near).toEqual({
    code: 0,
    stdout: 'mial unchanged\n',
    stderr: 'lane mial was not paused, did you mean "mail"?\n',
  })
  const [listed, wrong, nobody, none] = await Promise.all([
    rota(folder, 'lanes', 'list', '--json'),
    rota(folder, 'lanes', 'pause', 'no lane'),
    rota(folder, 'jobs', 'explain', '01890a5d-ac96-774b-bcce-b302099a8057', '--json'),
    rota(folder, 'workers', 'list'),
  ])
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'mail', paused: { reason: 'paused' }, workers: 0 }])
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('[option_invalid]') })
  expect(nobody).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[job_not_found]') })
  expect(none).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no worker is alive') })
})
