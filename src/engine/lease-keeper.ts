/**
 * The thread that renews the lease of a worker, as the main loop sees it.
 *
 * starting → ready (it renews) → ended (asked to), or gone at any time (its file is missing, it died): then the main
 * loop renews by itself, as it does until the thread is ready.
 */
import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, RotaError } from '../job/errors.ts'
import type { LeaseCell } from './lease-cell.ts'
import type { Announced, FromThread, ThreadTask, ToThread } from './lease-messages.ts'
import { type Runtime, within } from './runtime.ts'

export interface KeeperListener {
  onReady(): void
  onLost(id: string): void
  /** A renewal failed; it will try again. */
  onTrouble(error: unknown): void
  /** The upkeep of the storage failed; it will try again, and tells no more until it succeeded. */
  onUpkeepTrouble(error: unknown): void
  /** It is no more, and nobody asked for it. */
  onGone(error: unknown): void
}

/** Milliseconds that it may take to close its connection. */
const patience = 100

/** Built or not, the thread's file ends like this one. */
const entry = (): URL => new URL(`./lease-thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url)

/** @throws when there is no such file, as in an application that was bundled into one */
export function startKeeper(task: ThreadTask, listener: KeeperListener, file: URL = entry()): LeaseKeeper {
  if (file.protocol !== 'file:' || !existsSync(file)) {
    const where = file.protocol === 'file:' ? fileURLToPath(file) : file.href
    throw new Error(`${where} is missing, maybe because rota was bundled with the application.`)
  }
  return new LeaseKeeper(task, listener, file)
}

export class LeaseKeeper {
  /** Resolves when it is ready, or gone. */
  readonly started: Promise<void>
  readonly #worker: Worker
  #state: 'starting' | 'ready' | 'ended' = 'starting'

  constructor(task: ThreadTask, listener: KeeperListener, file: URL) {
    // The flags of the process are for its own code: a loader or a debugger of the application must not break ours.
    this.#worker = new Worker(file, { workerData: task, execArgv: [], name: 'rota lease' })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.started = promise
    this.#worker.on('message', (message: FromThread) => {
      if (this.#state === 'ended') return
      if (message.say === 'lost') listener.onLost(message.id)
      else if (message.say === 'trouble' && message.with === 'upkeep') listener.onUpkeepTrouble(troubleOf(message))
      else if (message.say === 'trouble') listener.onTrouble(troubleOf(message))
      else {
        this.#state = 'ready'
        resolve()
        listener.onReady()
      }
    })
    const gone = (error: unknown) => {
      resolve()
      if (this.#state === 'ended') return
      this.#state = 'ended'
      listener.onGone(error)
    }
    this.#worker.on('error', gone)
    this.#worker.on('exit', (code) => gone(new Error(`The lease thread ended with code ${code}.`)))
    this.#worker.unref() // after the listeners, which hold the process
  }

  get ready(): boolean {
    return this.#state === 'ready'
  }

  /** From now on it renews this lease and no other. */
  hold(id: string, cell: LeaseCell): void {
    this.#send({ say: 'hold', id, cell: cell.buffer })
  }

  announce(told: Partial<Announced>): void {
    this.#send({ say: 'announce', told })
  }

  async end(runtime: Runtime): Promise<void> {
    this.#state = 'ended'
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.#send({ say: 'end' })
    await within(runtime, patience, ended)
    await this.#worker.terminate()
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }
}

const troubleOf = ({ code, message }: { readonly code: string | null; readonly message: string }): Error =>
  code === null ? new Error(message) : new RotaError(code as ErrorCode, message)
