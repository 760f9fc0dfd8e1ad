/** The worker of `examples/python-worker`, as a process of its own, against a real server. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Json, startServer, type TestServer } from '../support/server.ts'

const example = resolve(import.meta.dirname, '../../examples/python-worker')

const jobs = `
import os, sys, time
sys.path.insert(0, ${JSON.stringify(example)})
from rota_worker import NonRetryable, Snooze, Worker

worker = Worker(os.environ["ROTA_URL"], os.environ["ROTA_TOKEN"], lanes={"default": 4, "side": 1}, lease=5, grace=0.3)

@worker.job("square", retries=2)
def square(input, ctx):
    ctx.log.info("begun", {"input": input})
    ctx.progress(50, "half")
    return {"result": input * input, "attempt": ctx.attempt}

@worker.job("flaky", retries=3)
def flaky(input, ctx):
    if ctx.attempt < 2:
        raise ValueError("not yet")
    return ctx.attempt

@worker.job("hopeless")
def hopeless(input, ctx):
    raise NonRetryable("never")

@worker.job("later")
def later(input, ctx):
    if ctx.fence == 1:
        raise Snooze(50)
    return ctx.attempt

@worker.job("odd")
def odd(input, ctx):
    return {1, 2}

@worker.job("talkative")
def talkative(input, ctx):
    loop = []
    loop.append(loop)
    for data in [2**60, {"n": [2**60]}, float("inf"), {1}, loop, "x" * 9000, {"ok": 1}]:
        ctx.log.info("\\U0001f600" * 8000, data)
    for percent in [150, float("nan"), "half"]:
        ctx.progress(percent)
    return "done"

@worker.job("loud")
def loud(input, ctx):
    for n in range(2500):
        ctx.log.info(str(n))
    return "done"

@worker.job("stubborn")
def stubborn(input, ctx):
    ctx._lines.append({"seq": 0, "level": "shout", "message": "refused", "_at": time.monotonic(), "_size": 1})
    return "done"

@worker.job("results")
def results(input, ctx):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return [2**60, float("inf"), deep][input]

@worker.job("hold", lane="side")
def hold(input, ctx):
    ctx.log.info("holding")
    while not ctx.wait(0.05):
        pass
    raise InterruptedError("asked to end")

@worker.job("slow", timeout=100, retries=0)
def slow(input, ctx):
    ctx.wait(10)

worker.run()
`

/** The version is checked, because a Python before 3.11 cannot run it. */
function missing(): string | false {
  try {
    const code = 'import sys; print(sys.version_info >= (3, 11))'
    return execFileSync('python3', ['-c', code], { encoding: 'utf8' }).trim() === 'True'
      ? false
      : 'Python is older than 3.11'
  } catch {
    return 'there is no python3 here'
  }
}

const why = missing()

describe.skipIf(why !== false)(`the worker in Python${why ? `: ${why}` : ''}`, () => {
  let server: TestServer
  let python: ChildProcess | null = null
  let folder: string
  let output = ''
  let operator: string

  /** @param program its own file, or one with the jobs of this test */
  async function begin(program?: string): Promise<void> {
    output = ''
    server = await startServer({ jobs: [], rota: { lease: '1s', poll: '20ms' } })
    await server.rota.start()
    operator = (await server.key('operator')).key
    folder = temporaryFolder('python')
    writeFileSync(join(folder, 'main.py'), jobs)
    const { key } = await server.key('worker')
    const env = { ...process.env, ROTA_URL: server.url, ROTA_TOKEN: key }
    python = spawn('python3', ['-B', program ?? join(folder, 'main.py')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [python.stdout, python.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    await until('it works', async () => (await server.rota.workers()).length > 1)
  }

  afterEach(async () => {
    if (python !== null && python.exitCode === null && python.signalCode === null) {
      const ended = new Promise((done) => python?.once('exit', done))
      python.kill('SIGKILL')
      await ended
    }
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const create = async (job: string, input: unknown = null): Promise<string> => {
    const { body } = await server.call('POST', '/api/jobs', { as: operator, body: { job, input } })
    expect(body.code).toBeUndefined()
    return body.id
  }
  const over = async (id: string): Promise<Json> =>
    (await server.call('GET', `/api/jobs/${id}/result?timeout=20s`, { as: operator })).body
  const job = async (id: string): Promise<Json> => (await server.call('GET', `/api/jobs/${id}`, { as: operator })).body

  test('runs jobs: results, failures, retries, snoozes, timeouts, cancels', async () => {
    await begin()
    const ids = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => create('square', n)))
    const results = await Promise.all(ids.map(over))
    expect(results.map(({ output: { result } }) => result)).toEqual([1, 4, 9, 16, 25, 36, 49, 64])
    const { body } = await server.call('GET', `/api/jobs/${ids[2]}/logs`, { as: operator })
    expect(body.lines).toMatchObject([{ level: 'info', message: 'begun', data: { input: 3 } }])
    expect((await job(ids[2] as string)).progress).toEqual({ percent: 50, message: 'half' })

    const [flaky, hopeless, later, odd, slow] = await Promise.all(
      ['flaky', 'hopeless', 'later', 'odd', 'slow'].map((one) => create(one)),
    )
    expect(await over(flaky as string)).toMatchObject({ state: 'succeeded', output: 2 })
    expect(await over(hopeless as string)).toMatchObject({
      state: 'failed',
      reason: 'non_retryable',
      error: { name: 'NonRetryable', message: 'never' },
    })
    expect(await over(later as string)).toMatchObject({ state: 'succeeded', output: 1 })
    expect(await over(odd as string)).toMatchObject({ state: 'failed', reason: 'result_not_storable' })
    expect(await over(slow as string)).toMatchObject({ state: 'failed', reason: 'timed_out' })

    const hold = await create('hold')
    await until('it runs', async () => (await job(hold)).state === 'running')
    await server.call('POST', `/api/jobs/${hold}/cancel`, { as: operator, body: { reason: 'not wanted' } })
    expect(await over(hold)).toMatchObject({ state: 'cancelled', reason: 'not wanted' })
    expect(output).not.toContain('Traceback')
  })

  test('what it tells beside an outcome never costs the outcome', async () => {
    await begin()
    const lines = async (id: string): Promise<Json[]> =>
      (await server.call('GET', `/api/jobs/${id}/logs?limit=1000`, { as: operator })).body.lines
    const [talkative, loud, stubborn] = await Promise.all(['talkative', 'loud', 'stubborn'].map((one) => create(one)))
    expect(await over(talkative as string)).toMatchObject({ state: 'succeeded', output: 'done' })
    expect(await job(talkative as string)).toMatchObject({ fence: 1, progress: { percent: 100 } })
    const said = await lines(talkative as string)
    expect(said.map(({ data }) => data)).toEqual([
      '1152921504606846976',
      { n: ['1152921504606846976'] },
      'inf',
      '{1}',
      '[[...]]',
      expect.stringContaining('xxx'),
      { ok: 1 },
    ])
    expect(said[0].message).toHaveLength(8_000)
    expect(await over(loud as string)).toMatchObject({ state: 'succeeded' })
    expect(await server.storage.logs(loud as string, null, 5_000)).toHaveLength(2_500)
    expect(await over(stubborn as string)).toMatchObject({ state: 'succeeded', output: 'done' })
    const results = await Promise.all([0, 1, 2].map((which) => create('results', which)))
    for (const ended of await Promise.all(results.map(over)))
      expect(ended).toMatchObject({ state: 'failed', reason: 'result_not_storable' })
    for (const one of await Promise.all(results.map(job))) expect(one.fence).toBe(1)
    expect(output).not.toContain('Traceback')
  })

  test('the example itself runs', async () => {
    await begin(join(example, 'main.py'))
    expect(await over(await create('word-count', { text: 'one two three' }))).toMatchObject({
      output: { words: 3, attempt: 1 },
    })
    expect(await over(await create('word-count', {}))).toMatchObject({ state: 'failed', reason: 'non_retryable' })
  })

  test('goes on after its lease was lost, and ends in good order at SIGTERM', async () => {
    await begin()
    const [remote] = (await server.rota.workers()).filter((one) => one.jobs.includes('square'))
    const held = await create('hold')
    await until('it runs', async () => (await job(held)).state === 'running')
    await server.storage.leave(remote?.id as string)
    await until('it runs again', async () => {
      const { state, fence, lapses } = await job(held)
      return state === 'running' && fence === 2 && lapses === 1
    })
    expect(await over(await create('square', 3))).toMatchObject({ output: { result: 9 } })
    const ended = new Promise<number | null>((done) => python?.once('exit', done))
    python?.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(await job(held)).toMatchObject({ state: 'ready', attempt: 0, lapses: 1 })
    expect((await server.rota.workers()).filter((one) => one.jobs.includes('square'))).toEqual([])
    expect(output).not.toContain('Traceback')
  })
})
