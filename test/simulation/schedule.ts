/**
 * Virtual time: a queue of events, and the one that is due first comes next. Each comes a little late by chance, so what
 * is close in time happens in any order; nothing comes early.
 *
 * An event belongs to an engine (its timers, the answers it gets) or to nobody (requests on their way). Events of an
 * engine that is gone are dropped; those of one that stands still wait until it goes on.
 */
import type { Timer } from '../../src/engine/runtime.ts'
import type { Random } from './random.ts'

export interface Owner {
  alive: boolean
  /** Virtual instant until which it stands still. */
  pausedUntil: number
}

export interface Event extends Timer {
  readonly owner: Owner | null
  readonly what: string
  readonly run: () => unknown
  due: number
  cancelled: boolean
}

export class Schedule {
  /** Milliseconds since the simulation began. */
  now = 0
  readonly #random: Random
  /** The longest time an event comes late, in milliseconds. */
  readonly #wobble: number
  readonly #heap: Event[] = []

  constructor(random: Random, wobble: number) {
    this.#random = random
    this.#wobble = wobble
  }

  after(delay: number, owner: Owner | null, what: string, run: () => unknown): Event {
    const event: Event = {
      owner,
      what,
      run,
      due: this.#late(this.now + Math.max(0, delay)),
      cancelled: false,
      cancel() {
        event.cancelled = true
      },
    }
    this.#push(event)
    return event
  }

  /** The next event, with the clock moved to it; null when there is none up to `until`. */
  next(until: number): Event | null {
    for (;;) {
      const event = this.#heap[0]
      if (event === undefined || event.due > until) return null
      this.#pop()
      if (event.cancelled || event.owner?.alive === false) continue
      if (event.owner !== null && event.owner.pausedUntil > event.due) {
        event.due = this.#late(event.owner.pausedUntil)
        this.#push(event)
        continue
      }
      this.now = event.due
      return event
    }
  }

  /** What is still to come for an engine. */
  pending(owner: Owner): readonly Event[] {
    return this.#heap.filter((event) => event.owner === owner && !event.cancelled)
  }

  #late(due: number): number {
    return due + this.#random.next() * this.#wobble
  }

  #push(event: Event): void {
    const heap = this.#heap
    let i = heap.push(event) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if ((heap[parent] as Event).due <= event.due) break
      heap[i] = heap[parent] as Event
      i = parent
    }
    heap[i] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Event
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] as Event).due < (heap[child] as Event).due) child++
      if ((heap[child] as Event).due >= last.due) break
      heap[i] = heap[child] as Event
      i = child
    }
    heap[i] = last
  }
}
