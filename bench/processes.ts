/** The processes in which a side stores and works, as its users would have them. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { BulkOptions, Side } from './sides/side.ts'

/** What was worked since the process was last told to work. */
export interface Counts {
  ended: number
  /** The rest is only about handlers that take time. */
  started: number
  /** Milliseconds that they took, all together. */
  busy: number
  /** Of the machine's monotonic clock, in milliseconds; infinite when there was none. */
  firstStart: number
  lastEnd: number
}

/** What a process can be told to do. */
export interface Commands {
  /** Gives milliseconds. */
  bulk(args: { count: number; options?: BulkOptions }): Promise<number>
  /** So many calls at a time, each after the last, for so long. Gives jobs per second. */
  callers(args: { callers: number; ms: number }): Promise<number>
  /** Single calls at a steady rate, whether the ones before are answered or not. Gives milliseconds. */
  paced(args: { perSecond: number; count: number }): Promise<number>
  work(args: WorkArgs): Promise<void>
  rest(): Promise<void>
  counts(): Promise<Counts>
  /** From the call that stores to the start of the handler, in milliseconds; each is told once. */
  latencies(): Promise<number[]>
  usage(): Promise<{ cpu: number; rss: number }>
  /** A proxy before the PostgreSQL of the side, so many milliseconds away. Gives its URL. */
  proxy(args: { delay: number }): Promise<string>
  end(): Promise<void>
}

export interface WorkArgs {
  /** Of each lane. */
  readonly concurrency: number
  readonly handlerMs: number
  readonly lanes?: number
  readonly workers?: number
  readonly latency?: boolean
}

export interface Command {
  readonly id: number
  readonly command: keyof Commands
  readonly args: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

const childFile = join(import.meta.dirname, 'child.ts')

export class Process {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #calls = 0

  /** @param file another build of `child.ts` */
  constructor(side: Side, url: string, file = childFile) {
    this.#child = fork(file, [side.name, url], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    this.#child.on('message', ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) waiting?.resolve(value)
      else waiting?.reject(new Error(`${side.name}: ${error}`))
    })
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${side.name}: ended with ${signal ?? code}`))
      this.#waiting.clear()
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  tell<C extends keyof Commands>(command: C, ...[args]: Parameters<Commands[C]>): ReturnType<Commands[C]> {
    const id = ++this.#calls
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.send({ id, command, args } satisfies Command)
    return answer as ReturnType<Commands[C]>
  }

  async end(): Promise<void> {
    if (this.#isGone) return
    const gone = this.#exit()
    await this.tell('end').catch(() => this.#child.kill('SIGKILL'))
    await gone
  }

  /** Ends it whatever it is doing. */
  async kill(): Promise<void> {
    if (this.#isGone) return
    const gone = this.#exit()
    this.#child.kill('SIGKILL')
    await gone
  }

  get #isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #exit(): Promise<unknown> {
    return new Promise((resolve) => this.#child.once('exit', resolve))
  }
}
