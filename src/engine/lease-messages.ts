/** What the main loop and the lease thread of a worker say to each other; all else is in shared memory. */
import type { WorkerBeat } from '../storage/contract.ts'

/** What a worker tells of itself that may change while it works. */
export type Announced = Pick<WorkerBeat, 'schedules' | 'jobs'>

/** Given to the thread when it starts. */
export interface ThreadTask {
  /** By which it opens the storage. It may hold a password. */
  readonly url: string
  readonly beat: Omit<WorkerBeat, 'id' | keyof Announced> & { -readonly [Name in keyof Announced]: Announced[Name] }
  /** Of a `RunningTable`. */
  readonly running: SharedArrayBuffer
  /** `Runtime.offset` of the main loop. */
  readonly offset: number
  /** End the process when its loop stays blocked: a supervisor will start another. */
  readonly endBlocked: boolean
}

/** The lease to renew from now on, with its `LeaseCell`; or none, for ever. */
export type ToThread =
  | { readonly say: 'hold'; readonly id: string; readonly cell: SharedArrayBuffer }
  | { readonly say: 'announce'; readonly told: Partial<Announced> }
  | { readonly say: 'end' }

export type FromThread =
  | { readonly say: 'ready' }
  | { readonly say: 'lost'; readonly id: string }
  | {
      readonly say: 'trouble'
      readonly with: 'renewal' | 'upkeep'
      readonly code: string | null
      readonly message: string
    }

/** Milliseconds between signs of life of the main loop, and between looks of the thread. */
export const lookEvery = (lease: number): number => Math.min(250, lease / 12)
