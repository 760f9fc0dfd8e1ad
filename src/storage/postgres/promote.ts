import { codeOf } from '../sql/codes.ts'
import { untilNotVictim } from './pool.ts'
import { nowMs, type Session } from './session.ts'

export interface Promotion {
  /** How many jobs became ready in each lane. */
  readonly lanes: ReadonlyMap<string, number>
  readonly nextDueIn: number | null
}

/** Makes what is due ready. When nothing is due it only reads, so that an idle worker writes nothing. */
export async function promote(session: Session, limit: number): Promise<Promotion> {
  const wait = await nextDueIn(session)
  if (wait === null || wait > 0) return { lanes: new Map(), nextDueIn: wait }
  const lanes = await untilNotVictim(() => promoteDue(session, limit))
  const next = await nextDueIn(session)
  return { lanes, nextDueIn: next === null ? null : Math.max(0, next) }
}

/** Milliseconds until the next scheduled job is due, 0 or less when one is due, null when there is none. */
async function nextDueIn({ run, schema, now }: Session): Promise<number | null> {
  const rows = await run(
    `select run_at - ${nowMs(1)} as wait from ${schema}.jobs where stage = ${codeOf('scheduled')} order by run_at limit 1`,
    [now()],
    true,
  )
  return rows.length === 0 ? null : Number(rows[0]?.wait)
}

/** How many jobs became ready in each lane. */
async function promoteDue({ run, schema, now }: Session, limit: number): Promise<Map<string, number>> {
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
