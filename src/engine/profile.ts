/** Schedules without data, gathered under a name: `defineProfile`. */
import { checkJob, type Job } from '../job/define.ts'
import { RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { When } from '../schedule/when.ts'
import { checkRule, type Rule, type ScheduleJobOptions, type ScheduleTiming } from './schedule-rule.ts'

/** What a schedule of a profile may say. Data is not among it: use `rota.schedules.put` for schedules with an input. */
export interface ProfileScheduleOptions extends Omit<ScheduleTiming, 'when'>, ScheduleJobOptions {
  /** The last part of its id, behind the names of the cluster and of the profile: `default:maint:HourlySync`. @default the id of the job */
  readonly id?: string
}

/** What `defineProfile` hands to its function. */
export interface ProfileSchedules {
  /** A job that needs no input, and when it runs. */
  add<Input>(
    job: Job<Input, unknown> & (undefined extends Input ? unknown : never),
    when: When,
    options?: ProfileScheduleOptions,
  ): void
}

/** Made by `defineProfile`; goes into `createRota({ profiles })`. */
export interface Profile {
  /** Part of the ids of its schedules. */
  readonly name: string
  /** As they were added. */
  readonly schedules: readonly {
    readonly id: string | null
    readonly job: Job
    readonly rule: Rule
    readonly owner: string | null
  }[]
}

/**
 * Schedules that belong to the code: put in place when a worker with it starts, inactive when no live worker has them any more.
 *
 * @param name letters, digits and `. _ : @ / -`; part of the ids
 * @throws RotaError `schedule_invalid`, `option_invalid`, `option_unknown`, `job_invalid`
 * @example
 * const maint = defineProfile('maint', (s) => {
 *   s.add(cleanup, { every: '1d' })
 *   s.add(sync, { every: '1h' }, { id: 'HourlySync' })
 * })
 * const rota = createRota({ jobs: [cleanup, sync], profiles: [maint] })
 */
export function defineProfile(name: string, build: (schedules: ProfileSchedules) => void): Profile {
  check.name(name, 'name')
  check.func(build, 'build')
  const schedules: Profile['schedules'][number][] = []
  build({
    add(job, when, options = {}) {
      const definition = checkJob(job, 'add')
      const where = `profile "${name}", job "${definition.id}"`
      if ('input' in options) {
        const message = `${where}: a profile has no data. Use rota.schedules.put({ id, job, input, when }) for a schedule with an input.`
        throw new RotaError('option_invalid', message, { field: 'input' })
      }
      const { id, ...rest } = options
      const { owner, ...rule } = checkRule(where, { when, ...rest })
      const own = id === undefined ? null : check.name(id, 'id')
      const twin = schedules.some((other) => (other.id ?? other.job.id) === (own ?? definition.id))
      if (twin) {
        const message = `${where}: there is another schedule of this id in the profile. Give one of them an id of its own: s.add(job, when, { id: ${show(`${definition.id}-2`)} }).`
        throw new RotaError('option_invalid', message, { field: 'id' })
      }
      schedules.push({ id: own, job: definition, rule, owner: owner ?? null })
    },
  })
  return { name, schedules }
}

export function checkProfiles(value: unknown, field: string): readonly Profile[] {
  const isProfile = (one: unknown): one is Profile =>
    typeof one === 'object' && one !== null && 'schedules' in one && Array.isArray(one.schedules) && 'name' in one
  if (Array.isArray(value) && value.every(isProfile)) return value
  throw new RotaError('option_invalid', `${field}: ${show(value)} is not a list of what defineProfile makes.`, {
    field,
  })
}
