/**
 * The attempts that run in a worker, in memory that its lease thread can read while the event loop is blocked.
 *
 * A slot is free (deadline 0) → taken (its deadline) → perhaps let finish (deadline Infinity) → free. The main loop
 * writes it twice per job, so that is a handful of plain stores and nothing else. The thread may read a slot that is
 * just changing: it acts only on one that has been overdue for long, and what it writes then is guarded by id and fence.
 */

/** A UUID in latin1. */
const idBytes = 36
const header = 8
const bytesPerSlot = 8 + 8 + idBytes
/** Beyond it attempts run as well, but nobody watches them. */
const mostSlots = 65_536

/** The attempt of a slot. */
export interface Started {
  readonly id: string
  readonly fence: number
}

class Memory {
  readonly ticks: Int32Array
  readonly deadlines: Float64Array
  readonly fences: Float64Array
  readonly ids: Uint8Array

  constructor(buffer: SharedArrayBuffer) {
    const slots = (buffer.byteLength - header) / bytesPerSlot
    this.ticks = new Int32Array(buffer, 0, 1)
    this.deadlines = new Float64Array(buffer, header, slots)
    this.fences = new Float64Array(buffer, header + 8 * slots, slots)
    this.ids = new Uint8Array(buffer, header + 16 * slots, idBytes * slots)
  }
}

/** The side of the main loop. */
export class RunningTable {
  readonly buffer: SharedArrayBuffer
  readonly #memory: Memory
  /** The free slots are the first `#left` of these. */
  readonly #free: Int32Array
  #left: number

  constructor(attempts: number) {
    this.#left = Math.min(attempts, mostSlots)
    this.buffer = new SharedArrayBuffer(header + bytesPerSlot * this.#left)
    this.#memory = new Memory(this.buffer)
    this.#free = Int32Array.from({ length: this.#left }, (_, slot) => this.#left - 1 - slot)
  }

  /** Gives the slot, or -1 when all are taken. The deadline is on the engine's clock. */
  add({ id, fence }: Started, deadline: number): number {
    if (this.#left === 0) return -1
    const slot = this.#free[--this.#left] as number
    const { deadlines, fences, ids } = this.#memory
    for (let i = 0, at = slot * idBytes; i < idBytes; i++, at++) ids[at] = id.charCodeAt(i)
    fences[slot] = fence
    deadlines[slot] = deadline
    return slot
  }

  /** Another deadline; Infinity when the attempt may go on beyond it. */
  move(slot: number, deadline: number): void {
    if (slot >= 0) this.#memory.deadlines[slot] = deadline
  }

  delete(slot: number): void {
    if (slot < 0) return
    this.#memory.deadlines[slot] = 0
    this.#free[this.#left++] = slot
  }

  /** Called again and again by the main loop: it turns. */
  tick(): void {
    Atomics.add(this.#memory.ticks, 0, 1)
  }
}

/** The side of the thread. */
export class RunningView {
  readonly #memory: Memory

  constructor(buffer: SharedArrayBuffer) {
    this.#memory = new Memory(buffer)
  }

  /** Changes as long as the main loop turns. */
  get ticks(): number {
    return Atomics.load(this.#memory.ticks, 0)
  }

  /** Whether any attempt runs. */
  get anyTaken(): boolean {
    return this.#memory.deadlines.some((deadline) => deadline !== 0)
  }

  /** All that have started and not ended. */
  started(): Started[] {
    return this.#where(() => true)
  }

  /** Those of them whose deadline was before an instant of the main loop's clock. */
  overdue(instant: number): Started[] {
    return this.#where((deadline) => deadline < instant)
  }

  #where(isMeant: (deadline: number) => boolean): Started[] {
    const { deadlines, fences, ids } = this.#memory
    const found: Started[] = []
    for (const [slot, deadline] of deadlines.entries()) {
      if (deadline === 0 || !isMeant(deadline)) continue
      const id = String.fromCharCode(...ids.subarray(slot * idBytes, (slot + 1) * idBytes))
      found.push({ id, fence: fences[slot] as number })
    }
    return found
  }
}
