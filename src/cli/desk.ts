/** What the commands work with: a storage that this process opens, or a server. */
import type { Enqueued, EnqueueOptions, Figures, JobId, JobView, Rota, StatsPoint, StatsView } from '../index.ts'

type Jobs = Rota['jobs']
type Flows = Rota['flows']
type Lanes = Rota['lanes']
type Schedules = Rota['schedules']

type Looks = 'list' | 'attempts' | 'parents' | 'children' | 'logs' | 'explain'

export type ShownFigures = Pick<Figures, 'succeeded' | 'failed' | 'retried' | 'cancelled' | 'wait' | 'run'>

/** What a server tells, too. */
export interface ShownStats extends Pick<StatsView, 'step'> {
  readonly points: readonly (ShownFigures & Pick<StatsPoint, 'at' | 'waiting' | 'running'>)[]
  readonly totals: ShownFigures
  readonly jobs: readonly (ShownFigures & { readonly job: string })[]
}

/** The calls that commands need, of which a `Rota` has all; a server answers them through `remote/`. */
export interface Desk {
  readonly jobs: Pick<Jobs, Looks | 'cancel' | 'retry' | 'reschedule' | 'run' | 'update' | 'delete' | 'purge'>
  readonly flows: Pick<Flows, 'get' | 'list' | 'cancel' | 'retry'>
  readonly lanes: Pick<Lanes, 'list' | 'pause' | 'resume'>
  readonly schedules: Pick<
    Schedules,
    'put' | 'get' | 'list' | 'delete' | 'pause' | 'resume' | 'reset' | 'trigger' | 'backfill' | 'next' | 'history'
  >
  workers: Rota['workers']
  drainWorker: Rota['drainWorker']
  stats(options?: Parameters<Rota['stats']>[0]): Promise<ShownStats>
  job(id: JobId): Promise<JobView | null>
  result(id: JobId, options?: Pick<NonNullable<Parameters<Rota['result']>[1]>, 'timeout' | 'signal'>): Promise<unknown>
}

/** What of a command depends on where it works. */
export interface Place {
  /** For messages: the storage without its password, or the address of the server. */
  readonly description: string
  /** What `--cluster` named, where that is not the cluster a command without it works with. */
  readonly otherCluster: string | null
  /** Ids of the definitions that are known. */
  definitions(): Promise<readonly string[]>
  /** Stores a job by the id of its definition. @throws RotaError `job_unknown`, `needs_code` and those of `rota.enqueue` */
  enqueue(job: string, input: unknown, options: EnqueueOptions): Promise<Enqueued>
}
