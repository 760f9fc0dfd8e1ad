import type { InsertResult, NewJob } from '../contract.ts'
import { codeOf, flagsOf } from '../sql/codes.ts'
import type { Special, Store } from '../sql/insert.ts'
import { isPlain } from '../sql/insert.ts'
import { isLinked } from '../sql/link.ts'
import { textArray, uuidArray } from './binary.ts'
import { type Hint, type Notifier, payload } from './notify.ts'
import { type PostgresValue, sqlState, untilNotVictim } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

/**
 * One statement for plain jobs; a transaction where keys have to be taken, jobs are linked, or an earlier call may have been
 * committed.
 */
export async function insert(
  database: Database,
  notifier: Notifier,
  jobs: readonly NewJob[],
  retry: boolean,
  special: Special,
): Promise<InsertResult[]> {
  if (jobs.length === 0) return []
  const lanes = lanesToWake(jobs)
  if (!retry && jobs.every(isPlain)) return untilNotVictim(() => insertFresh(database, notifier, lanes, jobs))
  const results = await database.transaction((session) =>
    jobs.every(isPlain) ? storeOn(session, retry)(jobs) : special(session.run, storeOn(session, retry)),
  )
  notifier.notify(lanes)
  return results
}

const uniqueViolation = '23505'
/** The queue of notifications is full: a hint may be lost, but no job for it. */
const limitExceeded = '54000'

/** Ids are new as a rule: looking for each before it is stored would make the statement a third dearer. */
async function insertFresh(
  database: Database,
  notifier: Notifier,
  lanes: readonly string[] | null,
  jobs: readonly NewJob[],
): Promise<InsertResult[]> {
  const results = jobs.map((job) => inserted(job, true))
  const alike = areAlike(jobs)
  const hint = alike ? notifier.within(lanes) : null
  try {
    const begun = performance.now()
    if (alike) await insertAlike(database, jobs, hint)
    else await insertJobs(database, jobs, 'fail')
    if (hint === null) notifier.notify(lanes)
    else notifier.tookWithin(performance.now() - begun)
    return results
  } catch (error) {
    const state = sqlState(error)
    if (state !== uniqueViolation && (hint === null || state !== limitExceeded)) throw error
    const stored = await storeOn(database, false)(jobs)
    notifier.notify(lanes)
    return stored
  }
}

/** Inserts jobs whose keys are taken, within a session. */
export const storeOn =
  (session: Session, retry: boolean): Store =>
  async (jobs) => {
    const created = await insertJobs(session, jobs, 'skip')
    if (retry)
      await removeOver(
        session,
        jobs.map(({ id }) => id),
      )
    return jobs.map((job) => inserted(job, created.has(job.id) || retry))
  }

/**
 * In a transaction of the application, on its own connection. An error of the database has ended that transaction, and
 * whether it is tried again is for the application to say.
 *
 * @param channel where others listen; null tells nobody
 */
export async function insertWithin(
  session: Session,
  jobs: readonly NewJob[],
  special: Special,
  channel: string | null,
): Promise<InsertResult[]> {
  const store = storeOn(session, false)
  const results = await (jobs.every(isPlain) ? store(jobs) : special(session.run, store))
  // Delivered when the transaction is committed, so there is nothing to gather.
  if (channel !== null) await session.run('select pg_notify($1, $2)', [channel, payload(lanesToWake(jobs))])
  return results
}

/** Whoever promotes has to look anew when something is scheduled, maybe before what it knew of: null for all lanes. */
export function lanesToWake(jobs: readonly NewJob[]): readonly string[] | null {
  if (jobs.some((job) => job.at !== null || job.delay > 0)) return null
  return [...new Set(jobs.map((job) => job.lane))]
}

const inserted = (job: NewJob, created: boolean): InsertResult => ({
  id: job.id,
  status: created ? 'created' : 'duplicate',
})

/** Whether they differ in nothing but id, input and metadata, as jobs that come together mostly do. */
function areAlike(jobs: readonly NewJob[]): boolean {
  const first = jobs[0] as NewJob
  return jobs.every(
    (job) =>
      job.schedule === null &&
      job.job === first.job &&
      job.lane === first.lane &&
      job.priority === first.priority &&
      job.at === first.at &&
      job.delay === first.delay &&
      job.maxAttempts === first.maxAttempts &&
      job.timeout === first.timeout &&
      job.onTimeout === first.onTimeout &&
      job.onLapse === first.onLapse &&
      job.keepSucceeded === first.keepSucceeded &&
      job.keepFailed === first.keepFailed &&
      job.expiresAt === first.expiresAt &&
      job.expiresIn === first.expiresIn,
  )
}

const columns =
  'id, job, lane, priority, run_at, created_at, max_attempts, timeout, keep_succeeded, keep_failed, flags, expires_at, input, metadata, stage'

/** Stores plain jobs that are alike: what they share travels once. */
async function insertAlike({ run, schema, now }: Session, jobs: readonly NewJob[], hint: Hint | null): Promise<void> {
  const { job, lane, priority, at, delay, maxAttempts, timeout, keepSucceeded, keepFailed, expiresAt, expiresIn } =
    jobs[0] as NewJob
  const insert = `insert into ${schema}.jobs (${columns})
     select id, $5::text, $6::text, $7::smallint, due, now, $10::smallint, $11::bigint, $12::bigint, $13::bigint, $14::int,
       coalesce($15::bigint, now + $16::bigint), input, metadata,
       case when due > now then ${codeOf('scheduled')} else ${codeOf('ready')} end
     from (select now, coalesce($8::bigint, now + $9::bigint) as due from (select ${nowMs(1)} as now) clock) moment,
       unnest($2::uuid[], $3::json[], $4::jsonb[]) as new (id, input, metadata)`
  await run(
    hint === null ? insert : `with stored as (${insert}) select pg_notify($17, $18)`,
    [
      now(),
      uuidArray(jobs.map((one) => one.id)),
      textArray(
        'json',
        jobs.map((one) => one.input),
      ),
      textArray(
        'jsonb',
        jobs.map((one) => one.metadata && JSON.stringify(one.metadata)),
      ),
      job,
      lane,
      priority,
      at,
      delay,
      maxAttempts,
      timeout,
      keepSucceeded,
      keepFailed,
      flagsOf(jobs[0] as NewJob),
      expiresAt,
      expiresIn,
      ...(hint ?? []),
    ],
    true,
  )
}

/** Stores jobs with one statement. Where an id is there already that fails, or that job is skipped. Gives the ids of the others. */
async function insertJobs(
  { run, schema, now }: Session,
  jobs: readonly NewJob[],
  onConflict: 'fail' | 'skip',
): Promise<Set<string>> {
  const insert = insertOf(schema, jobs, 2)
  const rows = await run(
    `${insert.text} ${onConflict === 'skip' ? 'on conflict (id) do nothing returning id' : ''}`,
    [now(), ...insert.values],
    true,
  )
  return new Set(rows.map((row) => String(row.id)))
}

/** A column of the new rows: what is sent of each job, as an array of this type. */
type Sent = readonly [name: string, type: string, of: (job: NewJob) => string | number | null]

const plainSent: readonly Sent[] = [
  ['id', 'uuid', (job) => job.id],
  ['job', 'text', (job) => job.job],
  ['lane', 'text', (job) => job.lane],
  ['priority', 'smallint', (job) => job.priority],
  ['at', 'bigint', (job) => job.at],
  ['delay', 'bigint', (job) => job.delay],
  ['max_attempts', 'smallint', (job) => job.maxAttempts],
  ['timeout', 'bigint', (job) => job.timeout],
  ['keep_succeeded', 'bigint', (job) => job.keepSucceeded],
  ['keep_failed', 'bigint', (job) => job.keepFailed],
  ['flags', 'int', flagsOf],
  ['expires_at', 'bigint', (job) => job.expiresAt],
  ['expires_in', 'bigint', (job) => job.expiresIn],
  ['input', 'json', (job) => job.input],
  ['metadata', 'jsonb', (job) => job.metadata && JSON.stringify(job.metadata)],
]

/** Plain jobs travel without the columns of others. */
const linkedSent: readonly Sent[] = [
  ['waits', 'bool', (job) => String(job.parents.length > 0)],
  ['flow', 'uuid', (job) => job.flow?.id ?? null],
]
const slotSent: readonly Sent[] = [
  ['schedule', 'text', (job) => job.schedule?.id ?? null],
  ['missed', 'int', (job) => job.schedule?.missed ?? null],
]

/** What jobs of one schedule after the other mostly have in common. */
const sharable = new Set(
  'job lane priority delay max_attempts timeout keep_succeeded keep_failed flags expires_at expires_in metadata missed'.split(
    ' ',
  ),
)

/** Columns that are long travel in binary. */
const binary: Readonly<Record<string, (values: (string | null)[]) => Uint8Array>> = {
  id: (ids) => uuidArray(ids as string[]),
  schedule: (texts) => textArray('text', texts),
  input: (texts) => textArray('json', texts),
}

/**
 * An `insert … select … from (…) new`, to which a condition may be added; its values are the parameters from `$first` on, `$1` is the clock.
 *
 * @param alike they differ in nothing of `sharable`: that travels once
 */
export function insertOf(
  schema: string,
  jobs: readonly NewJob[],
  first: number,
  alike = false,
): { readonly text: string; readonly values: PostgresValue[] } {
  const links = jobs.some(isLinked)
  const slots = jobs.some(({ schedule }) => schedule !== null)
  const sent = [...plainSent, ...(links ? linkedSent : []), ...(slots ? slotSent : [])]
  const numbered = sent.map(([name, type, of], i) => ({ name, type, of, at: `$${first + i}::${type}` }))
  const shared = numbered.filter(({ name }) => alike && sharable.has(name))
  const each = numbered.filter((one) => !shared.includes(one))
  const own = `${links ? ', flow' : ''}${slots ? ', schedule, missed' : ''}`
  const text = `insert into ${schema}.jobs (${columns}${own})
     select id, job, lane, priority, due, now, max_attempts, timeout, keep_succeeded, keep_failed, flags,
       coalesce(expires_at, now + expires_in), input, metadata,
       case ${links ? `when waits then ${codeOf('blocked')} ` : ''}when due > now then ${codeOf('scheduled')} else ${codeOf('ready')} end
       ${own}
     from (
       select n.*, now, coalesce(at, now + delay) as due
       from (select u.*${shared.map(({ name, at }) => `, ${at} as ${name}`).join('')}
           from unnest(${each.map(({ at }) => `${at}[]`).join(', ')}) as u (${each.map(({ name }) => name).join(', ')})) n,
         (select ${nowMs(1)} as now) clock
     ) new`
  const value = ({ name, of }: (typeof numbered)[number]): PostgresValue => {
    if (alike && sharable.has(name)) return of(jobs[0] as NewJob)
    const values = jobs.map(of)
    return alike ? (binary[name]?.(values as (string | null)[]) ?? values) : values
  }
  return { text, values: numbered.map(value) }
}

/**
 * An earlier call with the same ids may have been committed: then those that are over already must not run again. They are
 * looked for by a statement after the insert, because the insert itself sees the moment at which it began and would miss a
 * job that ended while it waited.
 */
async function removeOver({ run, schema }: Session, ids: readonly string[]): Promise<void> {
  await run(
    `delete from ${schema}.jobs where id = any($1::uuid[]) and worker is null and id in
       (select id from ${schema}.finished_jobs where id = any($1::uuid[])
        union all select id from ${schema}.tombstones where id = any($1::uuid[]))`,
    [ids],
  )
}
