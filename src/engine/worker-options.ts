import type { Job } from '../job/define.ts'
import type { Delay } from '../job/retry.ts'
import type { Storage, WorkerRecord } from '../storage/contract.ts'
import type { Family } from './context.ts'
import type { Emitter } from './events.ts'
import type { Lane } from './lane.ts'
import type { RunLayer } from './middleware.ts'
import type { Runtime } from './runtime.ts'
import type { ServiceShelf } from './services.ts'
import type { Waiting } from './wait.ts'

/** What a worker can run; it may be another at any time. */
export interface KnownJobs {
  /** Of what is in the list, or was a moment ago. */
  get(id: string): Job
  /** Their ids; the same list as long as they are the same. */
  readonly ids: readonly string[]
}

/** What a worker works with. */
export interface WorkerOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly events: Emitter
  readonly jobs: KnownJobs
  readonly lanes: readonly Lane[]
  readonly middleware: readonly RunLayer[]
  readonly family: Family
  readonly services: ServiceShelf
  readonly name: string
  /** Ids of the schedules in the code of this process. */
  readonly schedules: readonly string[]
  /** In so many milliseconds a schedule is due, for somebody. */
  readonly onFireIn: (delay: number) => void
  /** Others may have changed anything. */
  readonly onHint: () => void
  /** Called with the live workers now and then. */
  readonly onCensus: (workers: readonly WorkerRecord[]) => void
  /** Milliseconds. */
  readonly lease: number
  /** End the process when a handler blocks it beyond its timeout. */
  readonly endBlocked: boolean
  /** Its process fires schedules. */
  readonly firesSchedules: boolean
  /** Milliseconds between looks at the storage when no hint comes. */
  readonly poll: number
  /** Milliseconds that a cancelled handler may still take. */
  readonly cancelGrace: number
  /** UTF-8 bytes of a result. */
  readonly payloadLimit: number
  /** For definitions that have none of their own. */
  readonly backoff: Delay
  /** Called for jobs that are over, once that is recorded. */
  readonly onFinished: (id: string) => void
  /** Where those who wait in this process hear of ends that leave nothing in the storage. */
  readonly forgotten: Pick<Waiting, 'announce' | 'unsaid'>
}
