/** What the commands work with: a storage that this process opens, or a server. */
import type { Enqueued, EnqueueOptions, JobId, JobView, ListOptions, PurgeOptions, Rota } from '../index.ts'

type Jobs = Rota['jobs']
type Flows = Rota['flows']
type Lanes = Rota['lanes']
type Schedules = Rota['schedules']

type Looks = 'attempts' | 'parents' | 'children' | 'logs' | 'explain'
type Changes = 'cancel' | 'retry' | 'reschedule' | 'run' | 'update' | 'delete'

/** A filter is text, because that is what travels to a server. */
type ByText<Options> = Omit<Options, 'filter'> & { readonly filter?: string }
export type ListAsked = ByText<ListOptions>
export type PurgeAsked = ByText<PurgeOptions>

/** The calls that commands need, of which a `Rota` has all; a server answers them through `remote/`. */
export interface Desk {
  readonly jobs: Pick<Jobs, Looks | Changes> & {
    list(options?: ListAsked): ReturnType<Jobs['list']>
    purge(options: PurgeAsked): ReturnType<Jobs['purge']>
  }
  readonly flows: Pick<Flows, 'get' | 'list' | 'cancel' | 'retry'>
  readonly lanes: Pick<Lanes, 'list' | 'pause' | 'resume'>
  readonly schedules: Pick<
    Schedules,
    'put' | 'get' | 'list' | 'delete' | 'pause' | 'resume' | 'reset' | 'trigger' | 'backfill' | 'next' | 'history'
  >
  workers: Rota['workers']
  drainWorker: Rota['drainWorker']
  stats: Rota['stats']
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
