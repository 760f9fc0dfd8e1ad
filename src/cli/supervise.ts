/**
 * The process that a person starts for `rota worker` and `rota dev`. It runs the same command in a child, so that a
 * handler that blocks its event loop for ever can be ended: by Ctrl-C, or by its own lease thread with SIGKILL.
 *
 * running → (the child was killed) pausing → running …
 *         → (a signal) stopping (the child has its grace and two seconds; a second signal ends both) → gone.
 * It ends with the exit code of the child. It loads next to nothing, because its start is added to every start.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { say } from './output.ts'

const mark = 'ROTA_SUPERVISED'
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** One Ctrl-C arrives twice where npm, or our own launcher, passes on what the terminal sent to the whole group. */
const samePress = 300
/** Milliseconds. A child that was killed is followed by another after a pause that grows while they die young. */
const pauses = { first: 1_000, longest: 30_000, goodWork: 60_000 }
/** Beyond its grace, and the grace of a child that did not come so far as to tell. */
const patience = { beyond: 2_000, untold: 5_000 }

let supervised = false

/** Whether a new process would follow this one, should it be killed. */
export const isSupervised = (): boolean => supervised

/** Whether this process has to start the one that does the work. One that is debugged does it itself. */
export function needsSupervisor(argv: readonly string[]): boolean {
  supervised = process.env[mark] === '1' && process.send !== undefined
  delete process.env[mark] // what a job starts is no child of ours
  const debugged = process.execArgv.some((flag) => flag.startsWith('--inspect'))
  return !supervised && !debugged && staysAtWork(argv.slice(2))
}

function staysAtWork(args: readonly string[]): boolean {
  if (args.some((arg) => arg === '-h' || arg === '--help' || arg === '--version')) return false
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--storage' || arg === '--config') i++
    else if (!arg.startsWith('-')) return arg === 'worker' || arg === 'dev'
  }
  return false
}

/** Runs the command in a child until it ends by itself or is asked to; gives the exit code. */
export function supervise(): Promise<number> {
  return new Promise((resolve) => new Supervisor(resolve).start())
}

class Supervisor {
  readonly #done: (code: number) => void
  #child: ChildProcess | null = null
  #startedAt = 0
  #pause = pauses.first
  #next: NodeJS.Timeout | null = null
  #grace = patience.untold
  #first: { readonly name: NodeJS.Signals; readonly at: number } | null = null

  constructor(done: (code: number) => void) {
    this.#done = done
  }

  start(): void {
    for (const name of passedOn) process.on(name, () => this.#hear(name))
    this.#spawn()
  }

  #spawn(): void {
    this.#startedAt = performance.now()
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [mark]: '1' },
    })
    this.#child = child
    child.on('message', (told: { grace?: number }) => {
      if (typeof told?.grace === 'number') this.#grace = told.grace
    })
    child.on('error', (error) => {
      say(`rota: ${process.execPath} does not start: ${error.message} [error]`)
      this.#done(1)
    })
    child.on('exit', (code, signal) => this.#ended(code, signal))
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = null
    if (signal === null) return this.#done(code ?? 1)
    if (this.#first !== null) return this.#done(this.#forcedCode())
    // Ctrl-C before it listened; we are about to hear of it too.
    if (passedOn.some((name) => name === signal)) return this.#done(128 + constants.signals[signal])
    if (performance.now() - this.#startedAt > pauses.goodWork) this.#pause = pauses.first
    const why = signal === 'SIGKILL' ? 'a handler blocked it past its timeout, or memory ran out' : 'it crashed'
    say(`the process that runs the jobs was killed by ${signal} (${why}); another starts in ${this.#pause / 1_000} s`)
    this.#next = setTimeout(() => this.#spawn(), this.#pause)
    this.#pause = Math.min(this.#pause * 2, pauses.longest)
  }

  #hear(name: NodeJS.Signals): void {
    const now = performance.now()
    if (this.#first === null) {
      this.#first = { name, at: now }
      if (this.#next !== null) clearTimeout(this.#next)
      if (this.#child === null) return this.#done(name === 'SIGINT' ? 130 : 0)
      if (process.platform !== 'win32') this.#child.kill(name) // there the console tells both, and this would kill
      setTimeout(() => this.#force(), this.#grace + patience.beyond)
    } else if (now - this.#first.at > samePress) this.#force()
  }

  #force(): void {
    if (this.#child === null) return
    say('a handler does not let go; the process that runs the jobs is ended')
    this.#child.kill('SIGKILL')
  }

  #forcedCode(): number {
    return this.#first?.name === 'SIGINT' ? 130 : 1
  }
}

/** Tells our supervisor, where there is one, how long a stop may take. */
export function tellGrace(grace: number): void {
  if (supervised) process.send?.({ grace })
}

/** Calls `then` when our supervisor is gone: nobody would stop this process any more. */
export function whenAlone(then: () => void): void {
  if (!supervised) return
  process.once('disconnect', then)
  process.channel?.unref() // which the listener holds
}
