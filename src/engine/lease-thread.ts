/**
 * Entry of the thread that renews the lease of a worker, whatever its event loop does, and looks whether it is blocked.
 *
 * idle → holding (renews every third of the lease) → idle (lost: refused, not renewed in time, or given up because the
 * main loop is blocked) → holding the next one … → ended. `lease-keeper.ts` is its other side.
 *
 * Between renewals it does what else would block the main loop: the upkeep of the storage.
 *
 * The loop of the worker ends an attempt at its deadline. When one is overdue for a third of the lease and the loop has
 * not turned for as long, or has not turned for a whole lease with nothing running, nobody of that loop will: then the
 * thread records what is overdue, gives the rest back, and lets the lease go.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { isRotaError } from '../job/errors.ts'
import type { Storage } from '../storage/contract.ts'
import { openStorage } from '../storage/open.ts'
import { giveUpBlocked } from './blocked.ts'
import { LeaseCell } from './lease-cell.ts'
import { type Announced, type FromThread, lookEvery, type ThreadTask, type ToThread } from './lease-messages.ts'
import { RunningView, type Started } from './running-table.ts'
import { type Runtime, systemRuntime, type Timer, within } from './runtime.ts'

interface Held {
  readonly id: string
  readonly cell: LeaseCell
}

/** Milliseconds from the end of one upkeep to the next: what a busy worker writes meanwhile has to stay small. */
const upkeepEvery = 250

/** Milliseconds for the last words of a blocked worker, at least. */
const lastWords = 2_000

class LeaseThread {
  readonly #task: ThreadTask
  readonly #storage: Storage
  readonly #runtime: Runtime
  readonly #running: RunningView
  /** From our clock to the one of the main loop. */
  readonly #offset: number
  #held: Held | null = null
  #renewal: Timer | null = null
  #look: Timer
  #upkeep: Timer
  #ticks = 0
  #lookedAt = 0
  /** How long this thread has seen the main loop stand still. Only what it was awake for counts. */
  #blockedFor = 0
  /** How long the last upkeep took, and whether it failed. */
  #upkeepTook = 0
  #upkeepFailed = false
  #ended = false

  constructor(task: ThreadTask, storage: Storage, runtime: Runtime) {
    this.#task = task
    this.#storage = storage
    this.#runtime = runtime
    this.#running = new RunningView(task.running)
    this.#offset = (runtime.offset() ?? 0) - task.offset
    this.#look = this.#lookAgain()
    this.#upkeep = this.#upkeepAgain()
  }

  hold(id: string, cell: LeaseCell): void {
    this.#held = { id, cell }
    this.#renewIn(cell.renewedAt + this.#task.beat.lease / 3 - this.#now())
  }

  announce(told: Partial<Announced>): void {
    Object.assign(this.#task.beat, told)
  }

  async end(): Promise<void> {
    this.#ended = true
    this.#held = null
    this.#renewal?.cancel()
    this.#look.cancel()
    this.#upkeep.cancel()
    await this.#storage.close()
  }

  #now(): number {
    return this.#runtime.elapsed() + this.#offset
  }

  // --- renewing

  #renewIn(ms: number): void {
    this.#renewal?.cancel()
    this.#renewal = this.#runtime.after(ms, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { beat } = this.#task
    const held = this.#held
    if (held === null) return
    const before = this.#now()
    // After the process was halted: renewing now would only keep our jobs from the others.
    if (held.cell.left(beat.lease, before) <= 0) return this.#lose(held)
    try {
      const renewed = await this.#storage.heartbeat({ ...beat, id: held.id })
      if (held !== this.#held) return
      if (!renewed) return this.#lose(held)
      held.cell.renewed(before)
      this.#renewIn(beat.lease / 3)
    } catch (error) {
      if (held !== this.#held) return
      tell({ say: 'trouble', with: 'renewal', ...readable(error) })
      this.#renewIn(beat.lease / 15)
    }
  }

  #lose(held: Held): void {
    if (held === this.#held) this.#held = null
    held.cell.lose()
    tell({ say: 'lost', id: held.id })
  }

  // --- upkeep of the storage

  #upkeepAgain(): Timer {
    return this.#runtime.after(upkeepEvery, () => {
      void this.#keepUp().finally(() => {
        if (!this.#ended) this.#upkeep = this.#upkeepAgain()
      })
    })
  }

  async #keepUp(): Promise<void> {
    const before = this.#now()
    if (!this.#mayBlock(before)) return
    try {
      await this.#storage.upkeep()
      this.#upkeepFailed = false
    } catch (error) {
      if (!this.#upkeepFailed && !this.#ended) tell({ say: 'trouble', with: 'upkeep', ...readable(error) })
      this.#upkeepFailed = true
    }
    this.#upkeepTook = this.#now() - before
  }

  /**
   * Not while a renewal is under way, nor when the next one is due so soon that it would have to wait; but even if every
   * upkeep takes long, there has to be one after each renewal. One that takes far longer is why the main loop looks, too.
   */
  #mayBlock(now: number): boolean {
    if (this.#held === null) return false
    const { lease } = this.#task.beat
    const dueIn = this.#held.cell.renewedAt + lease / 3 - now
    return dueIn > Math.min(lease / 6, 2 * this.#upkeepTook)
  }

  // --- looking whether the main loop turns

  #lookAgain(): Timer {
    return this.#runtime.after(lookEvery(this.#task.beat.lease), () => {
      this.#look = this.#lookAgain()
      this.#lookOnce()
    })
  }

  #lookOnce(): void {
    const { lease } = this.#task.beat
    const now = this.#now()
    const awake = Math.min(now - this.#lookedAt, 2 * lookEvery(lease)) // a process that was halted is not blocked
    this.#lookedAt = now
    const { ticks } = this.#running
    this.#blockedFor = ticks === this.#ticks ? this.#blockedFor + awake : 0
    this.#ticks = ticks
    if (this.#blockedFor < lease / 3) return
    const overdue = this.#running.overdue(now - lease / 3)
    if (overdue.length > 0 || (this.#blockedFor >= lease && !this.#running.anyTaken)) void this.#giveUp(overdue, ticks)
  }

  async #giveUp(overdue: readonly Started[], ticks: number): Promise<void> {
    const { beat, endBlocked } = this.#task
    this.#blockedFor = 0
    const held = this.#held
    if (held !== null) {
      this.#lose(held) // first, so that a loop which comes back now claims nothing more for this lease
      this.#renewal?.cancel()
      const started = this.#running.started()
      const written = giveUpBlocked(this.#storage, held.id, overdue, started, this.#runtime.random)
      written.catch((error) => tell({ say: 'trouble', with: 'renewal', ...readable(error) }))
      await within(this.#runtime, Math.max(lastWords, beat.lease / 3), written)
    }
    if (endBlocked && this.#running.ticks === ticks) process.kill(process.pid, 'SIGKILL')
  }
}

const tell = (message: FromThread): void => parentPort?.postMessage(message)

const readable = (error: unknown): { code: string | null; message: string } => ({
  code: isRotaError(error) ? error.code : null,
  message: error instanceof Error ? error.message : String(error),
})

const task = workerData as ThreadTask
const thread = new LeaseThread(task, await openStorage(task.url), systemRuntime())
parentPort?.on('message', (message: ToThread) => {
  if (message.say === 'hold') return thread.hold(message.id, new LeaseCell(message.cell))
  if (message.say === 'announce') return thread.announce(message.told)
  void thread.end().finally(() => parentPort?.close())
})
tell({ say: 'ready' })
