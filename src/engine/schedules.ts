/** `rota.schedules`: what runs again and again. The same words as in the command line. */
import { checkJob, type Job, validate } from '../job/define.ts'
import { type Duration, type Instant, parseDuration, parseInstant } from '../job/duration.ts'
import { RotaError } from '../job/errors.ts'
import { checkCursor, type JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import { toJson } from '../job/payload.ts'
import { cleanText } from '../job/text.ts'
import { decideOverlap } from '../schedule/firing.ts'
import { scheduleDefaults } from '../schedule/policies.ts'
import type { PreviewRun } from '../schedule/recurrence.ts'
import type { ScheduleRecord, Storage } from '../storage/contract.ts'
import { clusterArchived } from './archived.ts'
import { AskedRuns, busy, byId, existing, find, mostTries, scheduleNotFound } from './asked-runs.ts'
import type { Definitions } from './definitions.ts'
import type { EditHints } from './edit-hints.ts'
import { template } from './enqueue.ts'
import type { ClusterSettings } from './options.ts'
import { pause, type Runtime } from './runtime.ts'
import { historyOf } from './schedule-history.ts'
import * as plans from './schedule-plan.ts'
import { checkRule, effective, needsWhen, type ScheduleOptions } from './schedule-rule.ts'
import { nextRuns, type ScheduleEvent, type ScheduleView, scheduleView } from './schedule-view.ts'

/** What an edit did. */
export interface ScheduleEdited<Status extends string> {
  /** Of the schedule. */
  readonly id: string
  /** What was done. */
  readonly status: Status
}

/** A schedule, and what a call did to it. */
export interface ScheduleChanged extends ScheduleView {
  /** `unchanged`: it was like that already. */
  readonly status: 'created' | 'updated' | 'unchanged'
}

/** Which schedules to list. */
export interface ScheduleListOptions {
  /** Id of the definition, or several. */
  readonly job?: string | readonly string[]
  /** One state, or several. @default any */
  readonly state?: ScheduleRecord['state'] | readonly ScheduleRecord['state'][]
  /** From the code, or put at run time. @default both */
  readonly origin?: ScheduleRecord['origin']
  /** 1 to 1000. @default 50 */
  readonly limit?: number
  /** `next` of the page before. */
  readonly cursor?: string
}

/** Slots of the past that are to run. */
export interface BackfillOptions {
  /** The first instant that counts. */
  readonly from: Instant
  /** Itself included; what is still to come is left to the schedule. */
  readonly to: Instant
  /** Only tells which slots these are. @default false */
  readonly dryRun?: boolean
  /** 1 to 10 000. @default 1000 */
  readonly limit?: number
}

/** What a backfill came to. */
export interface Backfilled {
  /** The slots, in order. */
  readonly slots: readonly Date[]
  /** There are more up to `to` than the limit allows. */
  readonly more: boolean
  /** How many jobs were stored; of a dry run none. */
  readonly stored: number
  /** Slots that had run before, and do not run again. */
  readonly duplicates: number
  /** Slots that a middleware refused. */
  readonly refused: readonly { readonly slot: Date; readonly message: string }[]
}

const states = ['active', 'paused', 'inactive', 'completed'] as const
const backfillBatch = 500
/** Milliseconds, by chance up to so many, between tries of a run that others are in the way of. */
const longestPause = 50

/** `rota.schedules`: stores schedules, looks at them, changes them. */
export class Schedules {
  readonly #open: () => Promise<Storage>
  readonly #hints: EditHints
  readonly #settings: ClusterSettings
  readonly #runtime: Runtime
  readonly #runs: AskedRuns

  /** @internal */
  constructor(
    open: () => Promise<Storage>,
    hints: EditHints,
    settings: ClusterSettings,
    runtime: Runtime,
    definitions: Definitions,
  ) {
    this.#open = open
    this.#hints = hints
    this.#settings = settings
    this.#runtime = runtime
    this.#runs = new AskedRuns(hints, settings, runtime, definitions)
  }

  /**
   * Stores a schedule, or changes the one of this id: what is not said goes back to its default. What is said of one that comes from the code
   * lies over it and stays when the code is deployed again; what is not said counts as the code says (`reset` takes all of it away). A schedule that is paused stays so.
   *
   * @throws RotaError `schedule_invalid` naming the place in an expression, `input_invalid`, `payload_not_json`, `option_invalid`,
   * `option_unknown`, `duration_invalid`, `instant_invalid`; nothing is stored then
   * @example
   * await rota.schedules.put({ id: 'renew-sub_123', job: renew, input: { sub: 'sub_123' }, when: { natural: 'every year' }, timezone: 'Europe/Rome' })
   */
  async put<Input>(options: ScheduleOptions<Input>): Promise<ScheduleChanged> {
    check.checkObject('schedules.put', options)
    const { id, job, input, ...rest } = options
    if ('immediate' in rest) {
      const message =
        'schedules.put: "immediate" is for schedules in the code. Use rota.schedules.trigger(id) to let it run now.'
      throw new RotaError('option_unknown', message, { field: 'immediate' })
    }
    const name = check.name(id, 'id')
    const { definition, jobId } = this.#definition(job)
    const { owner, ...rule } = checkRule('schedules.put', rest)
    if (rule.when === undefined || rule.when === null) throw needsWhen('schedules.put')
    if (definition !== null) template('schedules.put', definition, rule.options ?? {}, this.#settings.jobDefaults)
    this.#mayStore()
    // One from the code keeps its input where none is given.
    const isKept = input === undefined && (await this.#find(name))?.origin === 'code'
    const json = isKept ? null : await this.#input(definition, input)
    const wanted = {
      id: name,
      job: jobId,
      rule: { ...rule, ...(json !== null && { input: json }) },
      owner: owner ?? null,
    }
    return this.#change(name, (record, now) => plans.planPut(wanted, record, now))
  }

  /** The schedule; null where there is none of this id. */
  async get(id: string): Promise<ScheduleView | null> {
    const record = await this.#find(check.name(id, 'id'))
    return record && scheduleView(record)
  }

  /** In the order of ids. Costs the same with ten or with a million schedules. */
  async list(options: ScheduleListOptions = {}): Promise<{ schedules: ScheduleView[]; next: string | null }> {
    const {
      job,
      state,
      origin,
      limit = check.defaults.listLimit,
      cursor,
    } = check.checkOptions('schedules.list', options, {
      job: check.oneOrMore(check.name),
      state: check.oneOrMore(check.oneOf(states)),
      origin: check.oneOf(['code', 'api'] as const),
      limit: check.integer(1, 1_000),
      cursor: check.name,
    })
    const query = {
      ids: null,
      jobs: job ?? null,
      states: state ?? null,
      origin: origin ?? null,
      after: cursor ?? null,
      limit,
    }
    const { schedules } = await (await this.#open()).schedules(query)
    return {
      schedules: schedules.map(scheduleView),
      next: schedules.length === limit ? (schedules.at(-1)?.id ?? null) : null,
    }
  }

  /**
   * Removes a schedule and the record of its skipped slots. Its jobs stay: those that wait will run, unless they are cancelled
   * (`rota.jobs.list({ filter: { schedule: id } })`). One from the code comes back when a worker with that code starts.
   *
   * @throws RotaError `schedule_not_found`
   */
  async delete(id: string): Promise<ScheduleEdited<'deleted'>> {
    const [gone] = await (await this.#writable()).deleteSchedules([check.name(id, 'id')])
    if (gone === undefined) throw scheduleNotFound(id)
    return { id, status: 'deleted' }
  }

  /**
   * Nothing of it runs any more until `resume`, or for as long as is said. What runs goes on. The slots that it leaves out are recorded
   * as skipped, with the reason `paused`.
   *
   * @param options.reason for whoever looks, at most 500 characters. @default 'paused'
   * @param options.for goes on by itself after so long; exclusive with `until`
   * @throws RotaError `schedule_not_found`, `schedule_state` for one that is over or inactive
   * @example await rota.schedules.pause('daily-report', { reason: 'the bank is closed', for: '2d' })
   */
  async pause(
    id: string,
    options: { readonly reason?: string; readonly for?: Duration; readonly until?: Instant } = {},
  ): Promise<ScheduleChanged> {
    const set = check.checkOptions('schedules.pause', options, {
      reason: check.text(500),
      for: parseDuration,
      until: parseInstant,
    })
    if (set.for !== undefined && set.until !== undefined)
      throw new RotaError('option_invalid', 'schedules.pause: give either "for" or "until", not both.', {
        field: 'until',
      })
    const reason = cleanText(set.reason ?? check.defaults.pauseReason, 500)
    return this.#change(id, (record, now) =>
      plans.planPause(existing(record, id), reason, set.until ?? (set.for === undefined ? null : now + set.for)),
    )
  }

  /**
   * Lets a paused schedule go on with its next slot.
   *
   * @throws RotaError `schedule_not_found`, `schedule_state`
   */
  async resume(id: string): Promise<ScheduleChanged> {
    return this.#change(id, (record, now) => plans.planResume(existing(record, id), now))
  }

  /**
   * Takes away what people changed of a schedule that comes from the code.
   *
   * @throws RotaError `schedule_not_found`
   */
  async reset(id: string): Promise<ScheduleChanged> {
    return this.#change(id, (record, now) => plans.planReset(existing(record, id), now))
  }

  /**
   * Lets it run once now, beside its slots, also when it is paused or over. An earlier run that is not over counts as for a slot: where
   * `overlap` is `'skip'` nothing is stored then.
   *
   * @throws RotaError `schedule_not_found`, `job_unknown` where nobody has told of the definition
   */
  async trigger(
    id: string,
  ): Promise<{ readonly id: JobId | null; readonly status: 'created' | 'duplicate' | 'skipped' }> {
    const storage = await this.#writable()
    for (let i = 0; i < mostTries; i++) {
      const record = existing(await this.#find(id), id)
      const spec = effective(record)
      const { runs, skips, cancel } = decideOverlap(
        spec.overlap,
        [{ slot: 0, missed: 0 }],
        await this.#runs.live(storage, record),
      )
      if (skips.length > 0) return { id: null, status: 'skipped' }
      const own = this.#runtime.id()
      const behind = runs[0]?.behind ?? []
      const run = { id: own, at: null, missed: null, behind }
      const fired = await this.#runs.fire(storage, record, [run], { cancel, again: false })
      if (fired === null) {
        await pause(this.#runtime, this.#runtime.random() * longestPause)
        continue
      }
      if (fired.refusals.has(own)) throw fired.refusals.get(own)
      const [result] = fired.results
      return { id: result?.id ?? own, status: result?.status === 'created' ? 'created' : 'duplicate' }
    }
    throw busy(id)
  }

  /**
   * Lets slots of the past run that have not: one job for each, with the slot as its `ctx.scheduledFor`. Slots that ran, whatever became of
   * them, do not run again. Where `overlap` is not `'allow'` they run one after the other.
   *
   * @throws RotaError `schedule_not_found`, `job_unknown`, `option_invalid`, `instant_invalid`
   * @example await rota.schedules.backfill('daily-report', { from: '2027-01-01T00:00:00Z', to: '2027-01-31T00:00:00Z', dryRun: true })
   */
  async backfill(id: string, options: BackfillOptions): Promise<Backfilled> {
    const set = check.checkOptions('schedules.backfill', options, {
      from: parseInstant,
      to: parseInstant,
      dryRun: check.boolean,
      limit: check.integer(1, 10_000),
    })
    const { from, to, dryRun = false, limit = scheduleDefaults.backfillLimit } = set
    if (from === undefined || to === undefined || from > to) {
      const message = 'schedules.backfill: give "from" and "to", and "from" not behind "to".'
      throw new RotaError('option_invalid', message, { field: from === undefined ? 'from' : 'to' })
    }
    const { now, schedules } = await (await this.#open()).schedules(byId(check.name(id, 'id')))
    const record = existing(schedules[0] ?? null, id)
    if (effective(record).runOn === 'every') {
      const message = `schedules.backfill: "${id}" runs on every server, and which servers there were then nobody knows. Use a schedule with runOn: 'one'.`
      throw new RotaError('option_invalid', message, { field: 'id' })
    }
    // A slot that is due and not fired yet is left to the schedule, too: otherwise it would run twice.
    const next = record.state === 'active' && record.nextAt !== null ? record.nextAt - 1 : now
    const found = plans.slotsBetween(record, from, Math.min(to, now, next), limit + 1)
    const slots = found.slice(0, limit)
    const told = { slots: slots.map((slot) => new Date(slot)), more: found.length > limit }
    if (dryRun) return { ...told, stored: 0, duplicates: 0, refused: [] }
    const storage = await this.#writable()
    let stored = 0
    const refused: Backfilled['refused'][number][] = []
    for (let done = 0; done < slots.length; done += backfillBatch) {
      const again = await this.#runs.fireAgain(storage, id, slots.slice(done, done + backfillBatch))
      stored += again.stored
      refused.push(...again.refused)
    }
    return { ...told, stored, duplicates: slots.length - stored - refused.length, refused }
  }

  /**
   * Its next runs, as they stand now: at most `n`, 1 to 1000. Of one that is paused those after the pause, or as if it were resumed now.
   *
   * @throws RotaError `schedule_not_found`
   */
  async next(id: string, n = 5): Promise<PreviewRun[]> {
    const count = check.integer(1, 1_000)(n, 'n')
    const { now, schedules } = await (await this.#open()).schedules(byId(check.name(id, 'id')))
    return nextRuns(existing(schedules[0] ?? null, id), count, now)
  }

  /**
   * What became of its slots, newest first: runs as long as their jobs are kept, and slots that did not run, with their reason, for 30 days.
   *
   * @param options.limit 1 to 1000. @default 50
   * @param options.cursor `next` of the page before
   */
  async history(
    id: string,
    options: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<{ events: ScheduleEvent[]; next: string | null }> {
    const { limit = check.defaults.listLimit, cursor } = check.checkOptions('schedules.history', options, {
      limit: check.integer(1, 1_000),
      cursor: checkCursor,
    })
    return historyOf(await this.#open(), check.name(id, 'id'), limit, cursor ?? null)
  }

  // --- inside

  #definition(job: unknown): { readonly definition: Job | null; readonly jobId: string } {
    if (typeof job !== 'string') {
      const definition = checkJob(job, 'job')
      return { definition, jobId: definition.id }
    }
    return { definition: this.#settings.jobs.get(job) ?? null, jobId: check.name(job, 'job') }
  }

  async #input(definition: Job | null, input: unknown): Promise<string | null> {
    const json = toJson(input, 'input', this.#settings.payloadLimit)
    if (definition !== null) await validate(definition, input)
    return json
  }

  async #writable(): Promise<Storage> {
    this.#mayStore()
    return this.#open()
  }

  #mayStore(): void {
    if (this.#settings.mode === 'archived') throw clusterArchived(this.#settings.cluster, 'no schedule can be changed')
  }

  async #find(id: string): Promise<ScheduleRecord | null> {
    return find(await this.#open(), check.name(id, 'id'))
  }

  /** Stores what `plan` makes of the schedule, again when somebody changed it meanwhile. */
  async #change(
    id: string,
    plan: (record: ScheduleRecord | null, now: number) => plans.Plan,
  ): Promise<ScheduleChanged> {
    const storage = await this.#writable()
    for (let i = 0; i < mostTries; i++) {
      const { now, schedules } = await storage.schedules(byId(check.name(id, 'id')))
      const record = schedules[0] ?? null
      const wanted = plan(record, now)
      if (wanted === null) return { ...scheduleView(record as ScheduleRecord), status: 'unchanged' }
      const saved = await storage.saveSchedules([
        { ...wanted, version: record?.version ?? null, firstVersion: plans.newVersion(this.#runtime) },
      ])
      if (saved.length === 0) continue
      this.#hints.scheduled()
      const fresh = { lastAt: null, runs: 0, version: 1, createdAt: now, ...record, ...wanted, updatedAt: now }
      return { ...scheduleView(fresh), status: record === null ? 'created' : 'updated' }
    }
    throw busy(id)
  }
}
