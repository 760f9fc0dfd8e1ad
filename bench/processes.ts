/** The processes in which a side stores and works, as its users would have them. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { BulkOptions, Side } from './sides/side.ts'

/** What has been worked so far. */
export interface Counts {
  ended: number
  /** Milliseconds that handlers took, all together; only of those that take time. */
  busy: number
}

/** What a process can be told to do. */
export interface Commands {
  /** Gives milliseconds. */
  bulk(args: { count: number; options?: BulkOptions }): Promise<number>
  /** So many calls at a time, each after the last, for so long. Gives jobs per second. */
  callers(args: { callers: number; ms: number }): Promise<number>
  /** Single calls at a steady rate, whether the ones before are answered or not. Gives milliseconds. */
  paced(args: { perSecond: number; count: number }): Promise<number>
  work(args: { concurrency: number; handlerMs: number; lanes?: number; latency?: boolean }): Promise<void>
  rest(): Promise<void>
  counts(): Promise<Counts>
  /** From the call that stores to the start of the handler, in milliseconds; each is told once. */
  latencies(): Promise<number[]>
  usage(): Promise<{ cpu: number; rss: number }>
  end(): Promise<void>
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

export class Process {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #calls = 0

  constructor(side: Side, url: string) {
    this.#child = fork(join(import.meta.dirname, 'child.ts'), [side.name, url], {
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
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    await this.tell('end').catch(() => this.#child.kill('SIGKILL'))
    await gone
  }
}
