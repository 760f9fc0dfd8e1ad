import { codeOf } from '../sql/codes.ts'
import { nextExpiry } from '../sql/expire.ts'
import { nextFire } from '../sql/schedules.ts'
import { nowMs, type Session } from './session.ts'

export interface DueIn {
  /** Milliseconds until the next scheduled job is due and until the next waiting one expires; 0 or less when one is. */
  readonly run: number
  readonly expiry: number
  /** Until a schedule is due. */
  readonly fire: number
}

/** Only a read, so that an idle worker writes nothing. */
export async function dueIn({ run, schema, now }: Session): Promise<DueIn> {
  const rows = await run(
    `select (select run_at from ${schema}.jobs where stage = ${codeOf('scheduled')} order by run_at limit 1) - ${nowMs(1)} as run,
       (${nextExpiry(`${schema}.jobs`)}) - ${nowMs(1)} as expiry,
       (${nextFire(`${schema}.schedules`)}) - ${nowMs(1)} as fire`,
    [now()],
    true,
  )
  const [due] = rows
  const of = (ms: unknown) => Number(ms ?? Number.POSITIVE_INFINITY)
  return { run: of(due?.run), expiry: of(due?.expiry), fire: of(due?.fire) }
}

/** Makes what is due ready; how many jobs in each lane. */
export async function promote({ run, schema, now }: Session, limit: number): Promise<Map<string, number>> {
  const rows = await run(
    `with due as materialized (
       select ctid from ${schema}.jobs where stage = ${codeOf('scheduled')} and run_at <= ${nowMs(1)}
       order by run_at limit $2 for update skip locked)
     update ${schema}.jobs set stage = ${codeOf('ready')} where ctid = any (array(select ctid from due)) returning lane`,
    [now(), limit],
    true,
  )
  const lanes = new Map<string, number>()
  for (const { lane } of rows) lanes.set(String(lane), (lanes.get(String(lane)) ?? 0) + 1)
  return lanes
}
