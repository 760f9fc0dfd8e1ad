/** Whether a cluster is as it should be: what people are told, and what they may do about it. */
import type { checkIds } from '../api/system.ts'
import type { LaneRecord, MigrationStatus, ScheduleRecord, WorkerRecord } from '../storage/contract.ts'

type CheckId = (typeof checkIds)[number]

/** One thing that is looked at. */
export interface Check {
  readonly id: CheckId
  readonly ok: boolean
  readonly message: string
  /** What to do where it is not well. */
  readonly fix: string | null
}

/** What the database says of itself and of the cluster. */
export interface Facts {
  /** Milliseconds by which its clock goes before that of this machine, and how far that may be wrong. */
  readonly skew: number
  readonly uncertain: number
  readonly workers: readonly WorkerRecord[]
  readonly lanes: readonly LaneRecord[]
  /** Active schedules whose time came more than a minute ago. */
  readonly late: readonly Pick<ScheduleRecord, 'id'>[]
  readonly keepsSecret: boolean
}

const well = (id: CheckId, message: string): Check => ({ id, ok: true, message, fix: null })
const ill = (id: CheckId, message: string, fix: string): Check => ({ id, ok: false, message, fix })

/** Milliseconds. Due times and leases count by the clock of the database, what people read by that of their machines. */
const mostSkew = 1_000

export const migrationCheck = ({ applied, pending }: MigrationStatus): Check =>
  pending.length === 0
    ? well('migrations', `All ${applied.length} migrations are applied.`)
    : ill(
        'migrations',
        `${count(pending.length, 'migration is', 'migrations are')} missing: ${some(pending)}.`,
        'Run `rota migrate`.',
      )

/** Everything that needs the tables. */
export const checksOf = (facts: Facts): Check[] => [
  clock(facts),
  workers(facts),
  lanes(facts),
  schedules(facts),
  secret(facts),
]

function clock({ skew, uncertain }: Facts): Check {
  const off = `${Math.abs(Math.round(skew))} ms`
  if (Math.abs(skew) - uncertain < mostSkew)
    return well('clock', `The clocks of the server and the database differ by ${off}.`)
  const message = `The clock of the database is ${off} ${skew > 0 ? 'ahead of' : 'behind'} that of the server.`
  return ill('clock', message, 'Set both clocks by NTP.')
}

function workers({ workers: all }: Facts): Check {
  const draining = all.filter(({ draining }) => draining).length
  if (all.length === 0)
    return ill(
      'workers',
      'No worker is alive, so nothing runs.',
      'Start one: `rota worker`, or `rota.start()` in your application.',
    )
  if (draining === all.length)
    return ill('workers', 'All workers are draining, so nothing new starts.', 'Resume one: `rota workers resume <id>`.')
  const rest = draining === 0 ? '' : `, ${draining} of them draining`
  return well('workers', `${count(all.length, 'worker is', 'workers are')} alive${rest}.`)
}

function lanes({ workers: all, lanes: known }: Facts): Check {
  const served = new Set(
    all.filter(({ draining }) => !draining).flatMap((worker) => worker.lanes.map(({ name }) => name)),
  )
  const left = known.filter(({ name, waiting, paused }) => waiting > 0 && paused === null && !served.has(name))
  if (left.length === 0) return well('lanes', 'Every lane in which jobs wait is served.')
  const message = `Jobs wait in ${count(left.length, 'lane', 'lanes')} that no worker serves: ${some(left.map(({ name }) => name))}.`
  return ill('lanes', message, 'Give the lane to a worker: `lanes: { <lane>: 5 }` of createRota.')
}

function schedules({ late }: Facts): Check {
  if (late.length === 0) return well('schedules', 'No schedule is late.')
  const message = `${count(late.length, 'schedule is', 'schedules are')} more than a minute late: ${some(late.map(({ id }) => id))}.`
  return ill('schedules', message, 'Start a worker that knows the jobs of these schedules.')
}

const secret = ({ keepsSecret }: Facts): Check =>
  keepsSecret
    ? well('secret', 'The secret of the server outlives it.')
    : ill(
        'secret',
        'The server has a secret of the moment: when it ends, everybody has to sign in anew.',
        'Set ROTA_SECRET to a text of at least 32 characters.',
      )

const shown = 5

const some = (names: readonly string[]): string =>
  names.length <= shown ? names.join(', ') : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`

const count = (n: number, one: string, several: string): string => `${n} ${n === 1 ? one : several}`
