/**
 * What a storage does for Rota: few verbs, in batches wherever a job is concerned, none optional. Whatever should become of a job is decided
 * before (`job/states.ts`); a storage only writes it if the row is still what the decision saw.
 */
import type { Edit } from '../job/edits.ts'
import type { Change } from '../job/states.ts'
import type {
  AwaitedReport,
  DefinitionRecord,
  DefinitionSave,
  DefinitionVersion,
  Reported,
} from './definition-records.ts'
import type { LockStore } from './locks.ts'
import type {
  Applied,
  AttemptRecord,
  ClaimedJob,
  ClaimRequest,
  EdgeRecord,
  Edited,
  FlowQuery,
  FlowRecord,
  HeldJob,
  InsertOptions,
  InsertResult,
  JobPage,
  JobRecord,
  LaneRecord,
  ListQuery,
  LogPosition,
  LogRecord,
  MigrationStatus,
  NewJob,
  Note,
  Promotion,
  Signal,
  Standing,
  Stats,
  WorkerBeat,
  WorkerRecord,
} from './records.ts'
import type {
  Due,
  DuePosition,
  Fired,
  Firing,
  NewestSkips,
  NewestSkipsQuery,
  SchedulePage,
  ScheduleQuery,
  ScheduleSave,
  SkipRecord,
} from './schedule-records.ts'
import type {
  AccountCall,
  AccountRow,
  AuditBy,
  AuditQuery,
  AuditRecord,
  CounterRow,
  ManifestRecord,
  NewAuditEntry,
  StateCounts,
} from './server-records.ts'

export type * from './definition-records.ts'
export type * from './locks.ts'
export type * from './records.ts'
export type * from './schedule-records.ts'
export type * from './server-records.ts'

/** Something may have become due in these lanes; null where the storage cannot tell which. Only ever a hint. */
export type Wake = (lanes: readonly string[] | null) => void

/** Where jobs live. Applications make one and hand it over; Rota calls it. */
export interface Storage extends LockStore {
  /** What it is and where, without any password, for messages: `sqlite:rota.db`. */
  readonly description: string
  /**
   * By which another thread can open the same storage (`openStorage`); null where that cannot be: in memory, with a
   * clock, a driver or a pool of the application's own. It may hold a password: never print it.
   */
  readonly url: string | null

  /** Brings the schema up to date under a lock, so that several processes may start at once. */
  migrate(): Promise<MigrationStatus>
  /** What is applied and what is not, changing nothing. */
  migrations(): Promise<MigrationStatus>
  /** Ends all connections; calls under way are finished first. */
  close(): Promise<void>

  /**
   * Stores jobs durably, all or none but for conflicts and orphans; results in input order, as if each had come after the one
   * before. A job whose parents are not all over as its edges demand is `blocked`. Where an earlier job counts instead of a
   * parent in the same call, that is waited for; one that left nothing has succeeded. `retry` tells that an earlier call with
   * the same ids ended without an answer: what it stored counts as created, and is not stored again even when it is over by
   * now; what it replaced is not replaced again. With `tx`: durable when the caller commits, gone when the caller rolls
   * back, and never tried again here.
   *
   * @throws RotaError `tx_invalid` where `tx` is no open transaction that this storage knows
   */
  insert(jobs: readonly NewJob[], options?: InsertOptions): Promise<readonly InsertResult[]>
  /**
   * Hands due jobs to a worker with a live lease, first by priority, then by due time. No job goes to two workers, and none
   * of a paused lane to any.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]>
  /**
   * Writes changes guarded by (id, fence, worker), and with them the notes of the same jobs. A job that would go back to
   * wait although its cancel was asked for is over instead. Whoever ends a job, here or elsewhere, closes its edges with
   * it (`job/parents.ts`): its children are released, or cancelled with theirs.
   * What is to be forgotten leaves no trace but its id, which a
   * repeated insert has to know for an hour.
   */
  apply(worker: string, changes: readonly Change[], notes?: readonly Note[]): Promise<Applied>
  /** Writes what running handlers told, guarded likewise; the notes of other jobs are dropped. */
  note(worker: string, notes: readonly Note[]): Promise<void>
  /** What is asked of a worker. The same is told again until the job is in other hands, or the lane goes on. */
  signals(worker: string): Promise<readonly Signal[]>
  /** Registers a worker or renews its lease. False when the lease ran out before: it must come back under a new id. */
  heartbeat(beat: WorkerBeat): Promise<boolean>
  /** Ends the lease of a worker; what it still holds is swept. */
  leave(worker: string): Promise<void>
  /** Jobs in the hands of workers whose lease ran out; from now on those workers can neither renew nor claim. */
  sweep(limit: number): Promise<readonly HeldJob[]>
  /**
   * All jobs in the hands of a worker, or those of these ids. It asks for all now and then, because the answer of a claim may have been lost.
   */
  held(worker: string, ids?: readonly string[]): Promise<readonly HeldJob[]>
  /** Makes scheduled jobs ready whose time has come, and ends waiting ones that expired. */
  promote(limit: number): Promise<Promotion>
  /**
   * Sets ready jobs aside that no live worker of their lane knows, so that nobody has to step over them, and brings back
   * those that somebody knows by now. They stay `ready`, with the reason `job_unknown`. Tells how many of each.
   */
  setAside(limit: number): Promise<{ readonly aside: number; readonly back: number }>
  /**
   * Pauses a lane, also one that nobody ever used, or (null) lets it go on. False when that changed nothing. Here and in the
   * other verbs by which people change something, `by` is written to the audit log in the same transaction, for each thing that was changed.
   */
  pauseLane(lane: string, reason: string | null, by?: AuditBy): Promise<boolean>
  /**
   * Does what a person asks, for each of the jobs whose state allows it (`job/edits.ts`). A job for which others still wait
   * is not deleted, but together with them. One that is retried is `blocked` while its edges are open.
   */
  edit(ids: readonly string[], edit: Edit, by?: AuditBy): Promise<readonly Edited[]>
  /** Asks a worker to claim no more, or (false) to go on; what it has in hand goes on. False where no such worker is alive. */
  drain(worker: string, on: boolean, by?: AuditBy): Promise<boolean>

  /** Schedules in the order of their ids, or by what is due next. */
  schedules(query: ScheduleQuery): Promise<SchedulePage>
  /** Writes schedules that are still in the version that was seen, each for itself; gives their ids. */
  saveSchedules(saves: readonly ScheduleSave[], by?: AuditBy): Promise<readonly string[]>
  /** Removes schedules and the record of their skipped slots; their jobs stay. Gives the ids of those that were there. */
  deleteSchedules(ids: readonly string[], by?: AuditBy): Promise<readonly string[]>
  /**
   * Schedules whose time has come and whose job is one of these, those longest due first, behind `after`.
   */
  dueSchedules(jobs: readonly string[], after: DuePosition | null, limit: number): Promise<Due>
  /**
   * Writes what becomes of due schedules, each only if it is still in the version that was seen and nobody else holds it: its
   * jobs, its skipped slots and when it is due next, all in one transaction. So no slot runs twice, whoever fires. Gives
   * those that were written.
   */
  fire(firings: readonly Firing[]): Promise<readonly Fired[]>
  /** Slots of a schedule that did not run, newest first, below `before`. */
  skips(schedule: string, before: number | null, limit: number): Promise<readonly SkipRecord[]>
  /** Those of all schedules, newest records first. Takes a bounded time whatever is stored: it looks through the newest records only. */
  newestSkips(query: NewestSkipsQuery): Promise<NewestSkips>

  /**
   * Removes jobs that are over and were kept long enough, with all that belongs to them, keys that ran out and whose
   * job is over, and what is left of locks that nobody has used for an hour; about `limit` rows, or one partition. Tells whether to come again at once.
   */
  purge(limit: number): Promise<boolean>
  /**
   * Does what would hold up a main loop, and may block the one it is called on. Called a few times a second by a thread of
   * its own, where a worker has one; other processes may do it at the same time, and where nobody does, nothing is lost.
   */
  upkeep(): Promise<void>

  /** The jobs with these ids that exist, in any order. */
  get(ids: readonly string[]): Promise<readonly JobRecord[]>
  /**
   * Newest first, by id, running and finished together. Takes a bounded time whatever is stored: where no index leads to
   * what is asked for, it looks through so many of the newest jobs and gives what it has found by then.
   */
  list(query: ListQuery): Promise<JobPage>
  /** The tries of a job that had something to say, in order. */
  attempts(id: string): Promise<readonly AttemptRecord[]>
  /** All edges from and to these jobs, in any order. */
  edges(ids: readonly string[]): Promise<readonly EdgeRecord[]>
  /** Newest first, by id. */
  flows(query: FlowQuery): Promise<readonly FlowRecord[]>
  /** In the order of writing, behind `after`. */
  logs(id: string, after: LogPosition | null, limit: number): Promise<readonly LogRecord[]>
  /** How many jobs are in each state, exactly: the more there are, the longer it takes. */
  stats(): Promise<Stats>
  /**
   * How many jobs are in each state, each counted up to `limit`, so this costs the same whatever is stored. Those that succeeded are looked for
   * among the newest `10 × limit` that are over: where most of these failed, there may be more. Running ones of PostgreSQL as in `lanes`.
   */
  counts(limit: number): Promise<StateCounts>
  /**
   * The ready job that a claim would take first, of this lane or (null) of any that is not paused: by priority, then by due time.
   * Claims nothing.
   */
  next(lane: string | null): Promise<JobRecord | null>
  /** Workers with a live lease. */
  workers(): Promise<readonly WorkerRecord[]>
  /** By name. No number is counted beyond `limit`, so this costs the same whatever waits. */
  lanes(limit: number): Promise<readonly LaneRecord[]>
  /** Where a ready job stands; nothing is counted beyond `limit`. */
  standing(job: Pick<JobRecord, 'id' | 'lane' | 'priority' | 'dueAt'>, limit: number): Promise<Standing>

  // What people and programs need that come by the server.

  /** Writes entries of the audit log that belong to no other change. */
  audit(entries: readonly NewAuditEntry[]): Promise<void>
  /** Newest first, by id. */
  auditLog(query: AuditQuery): Promise<readonly AuditRecord[]>
  /**
   * Reads or changes one of the small tables: users, sessions, keys, settings. A table, a column or a value that is not of its kind is a
   * mistake of the caller's, and so is a change of everything: an Error, before anything is read.
   *
   * @throws RotaError `account_taken` where another record has a key of what is to be stored
   */
  accounts(call: AccountCall): Promise<readonly AccountRow[]>
  /** Stores what a worker tells of its jobs, where it differs from what stands there. */
  publish(manifests: readonly ManifestRecord[]): Promise<void>
  /** What workers have told, of these jobs or (null) of all, by id. */
  manifests(jobs: readonly string[] | null): Promise<readonly ManifestRecord[]>
  /** Definitions that people have stored, these or (null) all, by id. */
  definitions(ids: readonly string[] | null): Promise<readonly DefinitionRecord[]>
  /** A number that is another one when any of them has changed. Costs little, however large they are. */
  definitionsMark(): Promise<number>
  /** Writes a definition that is still in the version that was seen, or where there was none; gives its version now, null where it is another. */
  saveDefinition(save: DefinitionSave, by?: AuditBy): Promise<number | null>
  /** What a definition was, newest first, below version `before`. The last hundred are kept. */
  definitionVersions(id: string, before: number | null, limit: number): Promise<readonly DefinitionVersion[]>

  /**
   * A start of a job waits for the report of its target for `within` milliseconds. A report that came before is in the answer. The job expires no more. Null where a later start
   * of the job waits: nothing is written then.
   */
  awaitReport(
    wait: Pick<AwaitedReport, 'job' | 'fence' | 'attempt'> & { readonly within: number },
  ): Promise<AwaitedReport | null>
  /** What the newest start waits for that ever waited; null where nobody did, or somebody wanted the job to start anew since then. */
  awaited(job: string): Promise<AwaitedReport | null>
  /** A target tells what came of a start. The first report counts; it puts a job that waits for it to now. */
  report(report: Pick<AwaitedReport, 'job' | 'fence'> & { readonly outcome: string }): Promise<Reported>

  /** Writes counts, each in the place of what stands there for the same span, instant and worker. */
  count(rows: readonly CounterRow[]): Promise<void>
  /** Counts of spans that began in `[from, to)`, by instant. */
  counters(span: CounterRow['span'], from: number, to: number): Promise<readonly CounterRow[]>
  /**
   * Makes fewer rows of many, in one transaction that nobody else does at the same time: `merge` gets all rows of a span that began in
   * `[from, to)` and gives those that shall stand in their place, which may be of another span. False where somebody else is at it.
   */
  mergeCounters(
    span: CounterRow['span'],
    from: number,
    to: number,
    merge: (rows: readonly CounterRow[]) => readonly CounterRow[],
  ): Promise<boolean>
  /**
   * A text for each of `jobs`, `schedules`, `lanes`, `workers`: it differs from the one before when something of it may have changed since,
   * by any process. Costs next to nothing. Only ever a hint: it may differ although nothing changed. On SQLite each commit changes all four,
   * renewals of leases too; on PostgreSQL each transaction of the server that writes changes that of `jobs`, and the others are exact.
   */
  pulse(): Promise<Readonly<Record<'jobs' | 'schedules' | 'lanes' | 'workers', string>>>

  /**
   * Calls `wake` soon after jobs became ready, also by other processes where possible, and `hears` when that is proved, by a
   * hint that came, or no longer so. Gives the way to stop it.
   */
  subscribe(wake: Wake, hears?: (yes: boolean) => void): Promise<() => Promise<void>>
}
