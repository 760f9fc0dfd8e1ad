/** Define jobs, enqueue them, run them. */
import type { RotaOptions } from './engine/options.ts'
import { Rota } from './engine/rota.ts'
import { systemRuntime } from './engine/runtime.ts'

export type { Cluster, ResultOptions } from './engine/cluster.ts'
export type { HandlerView } from './engine/definitions.ts'
export type { EventName, Events } from './engine/events.ts'
export type { JobExplained, WaitsFor } from './engine/explain.ts'
export type { FlowBuilder, FlowJobOptions } from './engine/flow.ts'
export type { FlowDetails, FlowEdge, FlowEdited, FlowListOptions, Flows, FlowView } from './engine/flows.ts'
export type { HandlerChanged, HandlerPut, Handlers, HandlerVersion, KeyRotated, PutOptions } from './engine/handlers.ts'
export type { Percentiles } from './engine/histogram.ts'
export { type HttpRequest, httpRequest } from './engine/http-request.ts'
export type { JobChanges, UpdateOptions } from './engine/job-update.ts'
export type { JobEdited, Jobs, LogOptions } from './engine/jobs.ts'
export type { LaneEdited, Lanes, LaneView } from './engine/lanes.ts'
export type { Lock, Locked, LockOptions } from './engine/locking.ts'
export type { EnqueueCall, Middleware, RunContext } from './engine/middleware.ts'
export type { ClusterMode, ClusterOptions, DefaultOptions, HttpSettings, RotaOptions } from './engine/options.ts'
export type { EnqueueManyOptions } from './engine/producer.ts'
export { defineProfile, type Profile, type ProfileScheduleOptions, type ProfileSchedules } from './engine/profile.ts'
export type { Purged, PurgeOptions } from './engine/purge.ts'
export type { Rota } from './engine/rota.ts'
export type { ScheduleBuilder } from './engine/schedule-builder.ts'
export type { ScheduleJobOptions, ScheduleOptions, ScheduleTiming } from './engine/schedule-rule.ts'
export type { ScheduleEvent, ScheduleView } from './engine/schedule-view.ts'
export type {
  Backfilled,
  BackfillOptions,
  ScheduleChanged,
  ScheduleEdited,
  ScheduleListOptions,
  Schedules,
} from './engine/schedules.ts'
export { type Service, type ServiceOptions, service } from './engine/services.ts'
export type { Figures, StatsOptions, StatsPoint, StatsStep, StatsView } from './engine/statistics.ts'
export type { HandlerOptions } from './engine/stored-definition.ts'
export type { AttemptView, JobView, LinkView, ListOptions, LogView, WorkerEdited, WorkerView } from './engine/view.ts'
export type { Definition, JobContext, ParentView, Verdict } from './job/context.ts'
export { defineJob, type Job, type JobOptions, type } from './job/define.ts'
export type { Duration, Instant } from './job/duration.ts'
export type { EnqueueArguments, Enqueued, EnqueueOptions } from './job/enqueue-options.ts'
export { type ErrorCode, errorCodes, RotaError } from './job/errors.ts'
export { type ExplainCode, explainCodes } from './job/explain-facts.ts'
export type { FilterObject } from './job/filter.ts'
export type { FlowNode, FlowState, StoredFlow } from './job/flow.ts'
export type { JobId } from './job/id.ts'
export type { JobLog, LogLevel, Progress } from './job/log.ts'
export type { Metadata, Retention } from './job/options.ts'
export type { After, OnParentFail } from './job/parents.ts'
export type { Priority } from './job/priority.ts'
export type { Backoff } from './job/retry.ts'
/** As a star, so that an application can add to it: `declare module 'rota' { interface Services { … } }`. */
export type * from './job/services.ts'
export type { OnLapse, State, StoredError } from './job/states.ts'
export type { OnTimeout } from './job/timeout.ts'
export type { LiveState, OnConflict, Unique, UniqueKey } from './job/unique.ts'
export type { HttpResponse } from './kinds/http/result.ts'
export type { BreakerOptions, HttpOptions, JsonRule, SuccessOptions } from './kinds/http/spec.ts'
export type { Calendar, Weekday } from './schedule/calendar.ts'
export type { CronDialect } from './schedule/cron/cron.ts'
export type { SkipReason } from './schedule/firing.ts'
export type { Misfire, Overlap, RunOn } from './schedule/policies.ts'
export { type PreviewRun, type Recurrence, type RecurrenceOptions, recurrence } from './schedule/recurrence.ts'
export type { Dst, Shift } from './schedule/sequence.ts'
export type { PlainWhen, When } from './schedule/when.ts'
export type {
  Locks,
  MigrationStatus,
  ScheduleOrigin,
  ScheduleState,
  StateCounts,
  Stats,
  Storage,
} from './storage/contract.ts'

/**
 * Connects an application to its jobs. Checks all options at once; opens the storage at first use.
 *
 * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid`, `storage_invalid`, `job_duplicate`, `job_invalid` or `cluster_unknown`
 * @example
 * await using rota = createRota({ storage: 'sqlite:rota.db', jobs: [sendWelcome] })
 * await rota.start()
 * const { id } = await rota.enqueue(sendWelcome, { name: 'Ada' })
 * console.log(await rota.result(id)) // → { greeted: 'Ada' }
 */
export function createRota(options: RotaOptions = {}): Rota {
  return new Rota(options, systemRuntime())
}

/**
 * Gives back its argument: in `rota.config.ts` it lets an editor complete and check the options.
 *
 * @example export default defineConfig({ storage: 'sqlite:rota.db', jobs: [sendWelcome] })
 */
export function defineConfig(options: RotaOptions): RotaOptions {
  return options
}
