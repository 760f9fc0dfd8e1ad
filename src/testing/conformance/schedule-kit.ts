/** What tests of schedules start from: a schedule, what becomes of it, and the job of a slot. */
import { equal, ok } from 'node:assert/strict'
import { idAt } from '../../job/id.ts'
import type { UniqueRule } from '../../job/unique.ts'
import type {
  ClaimedJob,
  Firing,
  NewJob,
  ScheduleQuery,
  ScheduleRecord,
  ScheduleSave,
  Storage,
} from '../../storage/contract.ts'
import { type Kit, minute } from './kit.ts'

export type Skip = ScheduleSave['skips'][number]

export const hour = 60 * minute
export const day = 24 * hour

/** A new schedule, due since now. */
export const save = ({ now }: Kit, fields: Partial<ScheduleSave> = {}): ScheduleSave => ({
  id: 'daily',
  job: 'greet',
  state: 'active',
  origin: 'api',
  owner: null,
  reason: null,
  rule: '{"every":"1h"}',
  override: null,
  serial: false,
  start: now(),
  nextAt: now(),
  pausedFrom: null,
  version: null,
  skips: [],
  ...fields,
})

/** It goes on in an hour. */
export const firing = ({ now }: Kit, fields: Partial<Firing> = {}): Firing => ({
  id: 'daily',
  version: 1,
  state: 'active',
  reason: null,
  nextAt: now() + hour,
  lastAt: now(),
  runs: 1,
  jobs: [],
  skips: [],
  cancel: [],
  again: false,
  ...fields,
})

/** The job of a slot, as every process makes it. */
export const run = ({ job, now }: Kit, fields: Partial<NewJob> = {}, slot = now(), schedule = 'daily'): NewJob =>
  job({
    id: idAt(slot, new TextEncoder().encode(schedule.padEnd(10))),
    at: slot,
    schedule: { id: schedule, missed: 0 },
    ...fields,
  })

export const skip = (slot: number, reason: Skip['reason'] = 'missed', fields: Partial<Skip> = {}): Skip => ({
  slot,
  from: slot,
  count: 1,
  reason,
  message: null,
  ...fields,
})

export const any: ScheduleQuery = { ids: null, jobs: null, states: null, origin: null, after: null, limit: 100 }

export async function stored(storage: Storage, id = 'daily'): Promise<ScheduleRecord> {
  const { schedules } = await storage.schedules({ ...any, ids: [id] })
  equal(schedules.length, 1)
  return schedules[0] as ScheduleRecord
}

export const idsOf = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id)

export const stateOf = async ({ storage }: Kit, { id }: { readonly id: string }) =>
  (await storage.get([id]))[0]?.state ?? 'gone'

/** A run of the schedule that a worker has in its hands. */
export async function running(kit: Kit): Promise<[worker: string, job: ClaimedJob]> {
  await kit.storage.insert([run(kit, {}, kit.now() - hour)])
  const me = await kit.worker({ lease: day })
  const [claimed] = await kit.claim(me)
  ok(claimed)
  return [me, claimed]
}

export const unique: UniqueRule = {
  key: 'k',
  within: 0,
  while: ['blocked', 'scheduled', 'ready', 'running'],
  onConflict: 'keep',
  due: false,
}
