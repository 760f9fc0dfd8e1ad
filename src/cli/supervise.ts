/**
 * The process that a person starts for `rota worker`, `rota serve` and `rota dev`. It runs the same command in a child, so that a
 * handler that blocks its event loop for ever can be ended: by Ctrl-C, or by its own lease thread with SIGKILL; and so that
 * one whose error nobody catches does not end the work.
 *
 * running → (the child was killed, or failed after it had begun to serve) pausing → running …
 *         → (four were killed before they served) gone.
 *         → (a signal, or npm has left it alone) stopping (the child has its grace and two seconds; a second signal ends both) → gone.
 * It ends with the exit code of the child, which tells what it does by `tell`. It loads next to nothing, because its start is added to every start.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { systemTimer } from '../engine/runtime.ts'
import { exitCodes } from './exit-codes.ts'
import { whenNpmIsGone } from './npm-parent.ts'
import { say } from './output.ts'
import { exitCodeAfter, hearStopSignals, isStopSignal } from './stop-signals.ts'

const mark = 'ROTA_SUPERVISED'
/** Milliseconds. A child that failed is followed by another after a pause that grows while they die young. */
const pauses = { first: 1_000, longest: 30_000, goodWork: 60_000 }
/** So many children in a row may be killed before they serve. */
const mostStillborn = 4
/** Beyond its grace, and the grace of a child that did not come so far as to tell. */
const patience = { beyond: 2_000, untold: 5_000 }

let supervised = false

/** Whether a new process would follow this one, should it be killed. */
export const isSupervised = (): boolean => supervised

/** Whether this process has to start the one that does the work. One that is debugged does it itself. */
export function needsSupervisor(argv: readonly string[]): boolean {
  supervised = process.env[mark] === '1' && process.send !== undefined
  delete process.env[mark] // what a job starts is no child of ours
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  const debugged = flags.some((flag) => flag.startsWith('--inspect'))
  return !supervised && !debugged && staysAtWork(argv.slice(2))
}

function staysAtWork(args: readonly string[]): boolean {
  if (args.some((arg) => arg === '-h' || arg === '--help' || arg === '--version')) return false
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (['--storage', '--url', '--config', '--cluster'].includes(arg)) i++
    else if (!arg.startsWith('-')) return ['worker', 'dev', 'serve'].includes(arg)
  }
  return false
}

/** Runs the command in a child until it ends by itself or is asked to; gives the exit code. */
export function supervise(): Promise<number> {
  return new Promise((resolve) => new Supervisor(resolve).start())
}

/** What a child tells of itself, each once. */
interface Told {
  /** How long a stop may take. */
  readonly grace?: number
  /** It has come to work: when it fails from now on, another follows. */
  readonly serving?: true
  /** It ends because it was asked to, or has done what it should. */
  readonly ending?: true
  /** An error that nobody caught is about to end it. */
  readonly uncaught?: true
}

class Supervisor {
  readonly #done: (code: number) => void
  #child: ChildProcess | null = null
  #told: Told = {}
  #startedAt = 0
  #stillborn = 0
  #pause = pauses.first
  #next: NodeJS.Timeout | null = null
  #asked: NodeJS.Signals | null = null

  constructor(done: (code: number) => void) {
    this.#done = done
  }

  start(): void {
    hearStopSignals(
      (name) => this.#stop(name),
      () => this.#force(),
    )
    whenNpmIsGone(() => {
      if (this.#asked !== null) return
      say('npm, or the npx that started this, is gone')
      this.#stop('SIGTERM')
    })
    this.#spawn()
  }

  #spawn(): void {
    this.#startedAt = performance.now()
    this.#told = {}
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [mark]: '1' },
    })
    this.#child = child
    child.on('message', (told: Told) => {
      this.#told = { ...this.#told, ...told }
    })
    child.on('error', (error) => {
      say(`rota: ${process.execPath} does not start: ${error.message} [error]`)
      this.#done(exitCodes.error)
    })
    child.on('close', (code, signal) => this.#ended(code, signal)) // when all that it told has come
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = null
    const { serving, ending } = this.#told
    if (this.#asked !== null) return this.#done(code ?? exitCodeAfter(this.#asked, exitCodes.error))
    // Ctrl-C before it listened; we are about to hear of it too.
    if (signal !== null && isStopSignal(signal)) return this.#done(128 + constants.signals[signal])
    const failed = !ending && (signal !== null || (serving && code !== exitCodes.ok))
    if (!failed) return this.#done(code ?? exitCodes.error)
    this.#replace(`the process that runs the jobs ${this.#whatHappened(code, signal)}`)
  }

  #whatHappened(code: number | null, signal: NodeJS.Signals | null): string {
    if (signal === 'SIGKILL') return 'was killed by SIGKILL: blocked by a handler, out of memory, or by hand'
    if (signal !== null) return `was killed by ${signal}: it crashed`
    return this.#told.uncaught ? 'ended with an uncaught exception' : `ended with exit code ${code} while it served`
  }

  #replace(what: string): void {
    this.#stillborn = this.#told.serving ? 0 : this.#stillborn + 1
    if (this.#stillborn === mostStillborn) {
      say(`${what}; so did ${mostStillborn - 1} before it, all before they served, and no other is started`)
      return this.#done(exitCodes.error)
    }
    if (performance.now() - this.#startedAt > pauses.goodWork) this.#pause = pauses.first
    say(`${what}; another starts in ${this.#pause / 1_000} s`)
    this.#next = setTimeout(() => this.#spawn(), this.#pause)
    this.#pause = Math.min(this.#pause * 2, pauses.longest)
  }

  #stop(name: NodeJS.Signals): void {
    this.#asked = name
    if (this.#next !== null) clearTimeout(this.#next)
    if (this.#child === null) return this.#done(exitCodeAfter(name))
    if (process.platform !== 'win32') this.#child.kill(name) // there the console tells both, and this would kill
    systemTimer((this.#told.grace ?? patience.untold) + patience.beyond, () => this.#force())
  }

  #force(): void {
    if (this.#child === null) return
    say('a handler does not let go; the process that runs the jobs is ended')
    this.#child.kill('SIGKILL')
  }
}

/** Tells our supervisor, where there is one. Resolves when it has gone out. */
export function tell(what: Told): Promise<void> {
  if (!supervised) return Promise.resolve()
  return new Promise((resolve) => process.send?.(what, undefined, undefined, () => resolve())) // nobody may be left
}

/** Tells our supervisor that this process serves, and from now on also why it ends. */
export function tellServing(): void {
  if (!supervised) return
  void tell({ serving: true })
  process.on('uncaughtExceptionMonitor', () => void tell({ uncaught: true }))
}

/** Calls `then` when our supervisor is gone: nobody would stop this process any more. */
export function whenAlone(then: () => void): void {
  if (!supervised) return
  process.once('disconnect', then)
  process.channel?.unref() // which the listener holds
}
