/** HTTP jobs as they run: a target in a process of its own, and a real worker whose handler is the runner. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import type { JobContext } from '../../src/job/context.ts'
import { createHttpRunner, type HttpCall, type HttpOutcome, type HttpRunnerOptions } from '../../src/kinds/http/run.ts'
import { checkHttp, type HttpOptions } from '../../src/kinds/http/spec.ts'

export interface Target extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
}

export async function startTarget(): Promise<Target> {
  const file = join(import.meta.dirname, '../kinds/http-target.ts')
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const port = Number(line)
  const closed = once(child, 'close')
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

export interface Asked {
  readonly input?: unknown
  readonly metadata?: Record<string, string | number | boolean>
  readonly callback?: HttpCall['callback']
  /** Of the job, in milliseconds. */
  readonly timeout?: number
  /** Called when the request is under way, with the context of the job. */
  readonly meanwhile?: (context: JobContext) => void
}

/** What came of one attempt. */
export interface Ran {
  /** Null where the runner threw. */
  readonly outcome: HttpOutcome | null
  readonly thrown: unknown
  readonly context: JobContext
  readonly logs: readonly { readonly level: string; readonly message: string; readonly data: Logged }[]
}

/** What a test reads from a line of log: a mistake in it is a failure of the test. */
// biome-ignore lint/suspicious/noExplicitAny: data is checked by what the test expects
type Logged = any

export interface Bench extends AsyncDisposable {
  /** Runs one attempt of a job with this definition. */
  run(http: HttpOptions, asked?: Asked): Promise<Ran>
  /** Cancels the job that is under way. */
  cancel(id: string): Promise<unknown>
}

export async function startBench(options: Omit<HttpRunnerOptions, 'version'>): Promise<Bench> {
  const runner = createHttpRunner({ version: '1.2.3', ...options })
  const calls: { http: HttpOptions; asked: Asked; done: (ran: Omit<Ran, 'logs'>) => void }[] = []
  const call = defineJob({
    id: 'call',
    retries: 0,
    async run(_, context) {
      const { http, asked, done } = calls.shift() as (typeof calls)[number]
      const { spec, secrets } = checkHttp(http)
      const own = { headers: secrets.headers ?? {}, signingKeys: secrets.signingKeys ?? [] }
      const { input = null, callback = null } = asked
      asked.meanwhile?.(context)
      try {
        done({ outcome: await runner.run({ spec, secrets: own, input, context, callback }), thrown: null, context })
      } catch (thrown) {
        done({ outcome: null, thrown, context })
      }
    },
  })
  const rota = createRota({ storage: 'sqlite::memory:', jobs: [call] })
  await rota.start()
  return {
    async run(http, asked = {}) {
      const { promise, resolve } = Promise.withResolvers<Omit<Ran, 'logs'>>()
      calls.push({ http, asked, done: resolve })
      const { timeout = 30_000, metadata = {} } = asked
      const { id } = await rota.enqueue(call, undefined, { timeout, metadata })
      const ran = await promise
      await rota.result(id).catch(() => {}) // its log is written with its end
      const { lines } = await rota.jobs.logs(id)
      return { ...ran, logs: lines as Ran['logs'] }
    },
    cancel: (id) => rota.jobs.cancel(id),
    async [Symbol.asyncDispose]() {
      runner.close()
      await rota.stop()
    },
  }
}

export interface Targets {
  readonly target: Target
  readonly other: Target
  readonly bench: Bench
}

/** Two targets, which are two origins, and a bench that reaches both, for all tests of a file. */
export async function startTargets(): Promise<Targets> {
  const [target, other, bench] = await Promise.all([
    startTarget(),
    startTarget(),
    startBench({ allow: ['127.0.0.0/8'] }),
  ])
  afterAll(async () => {
    for (const one of [bench, target, other]) await one[Symbol.asyncDispose]()
  })
  return { target, other, bench }
}

/** What is kept of the answer, where it was a success. */
export function outputOf({ outcome }: Ran) {
  if (outcome?.kind !== 'done' && outcome?.kind !== 'accepted') throw new Error(JSON.stringify(outcome))
  return outcome.output
}

/** What went wrong, where something did. */
export const failureOf = ({ outcome }: Ran) => {
  if (outcome?.kind !== 'failed') throw new Error(JSON.stringify(outcome))
  return { ...outcome, code: outcome.error.code, message: outcome.error.message }
}
