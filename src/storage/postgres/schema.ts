import { suspectAfter } from '../../job/states.ts'
import { aside, codeOf } from '../sql/codes.ts'
import type { Migration } from '../sql/migrate.ts'

const blocked = codeOf('blocked')
const ready = codeOf('ready')
const scheduled = codeOf('scheduled')
const succeeded = codeOf('succeeded')

/**
 * Columns that a job keeps when it moves to the history. Those of a fixed length that are never null stand first: PostgreSQL
 * finds a column at once when all before it are such.
 */
const fixedColumns = `
  id uuid not null,
  run_at bigint not null,
  created_at bigint not null,
  timeout bigint not null,
  keep_succeeded bigint not null,
  keep_failed bigint not null,
  flags integer not null default 0,
  priority smallint not null,
  max_attempts smallint not null,
  lapses smallint not null default 0`

/** What a claim changes stands together, because the log of an update holds all between its first and its last byte. */
const claimColumns = `
  attempt smallint not null default 0,
  fence integer not null default 0,
  worker uuid,
  claimed_at bigint`

/** Names are compared byte by byte, whatever the language of the database. */
const otherColumns = `
  job text collate "C" not null,
  lane text collate "C" not null,
  expires_at bigint,
  traceparent text,
  limit_key text,
  flow uuid,
  progress json,
  input json,
  metadata jsonb`

/** Columns of text that are compared byte by byte; `?` for one that may be null. */
const texts = (...columns: readonly string[]): string =>
  columns
    .map((column) => `${column.replace('?', '')} text collate "C"${column.endsWith('?') ? '' : ' not null'}`)
    .join(', ')

/**
 * A claim changes no column that is indexed or in the predicate of an index, and more than half of each page stays free,
 * because a claimed row is longer, so that PostgreSQL writes the new version beside the old one and touches no index (a
 * HOT update).
 * The history is partitioned by the day its rows may go, so that a whole day goes at once.
 */
export const migrations = (schema: string): readonly Migration[] => [
  {
    name: '001-jobs',
    statements: [
      `create schema if not exists ${schema}`,
      `create table ${schema}.migrations (name text primary key, applied_at bigint not null)`,
      `create table ${schema}.jobs (${fixedColumns}, stage smallint not null, blockers integer not null default 0,
        ${claimColumns}, ${otherColumns}, primary key (id)) with (fillfactor = 45, vacuum_truncate = false)`,
      `create index jobs_claim on ${schema}.jobs (lane, priority, run_at, id) where stage = ${ready} and lapses < ${suspectAfter}`,
      `create index jobs_suspect on ${schema}.jobs (lane, priority, run_at, id) where stage = ${ready} and lapses >= ${suspectAfter}`,
      `create index jobs_scheduled on ${schema}.jobs (run_at) where stage = ${scheduled}`,
      `create index jobs_expiring on ${schema}.jobs (expires_at) where expires_at is not null`,
      `create index jobs_aside on ${schema}.jobs (lane, job) where stage = ${aside}`,
      // A plan that is cached while the table has no pages scans all of it for ever after, so the file is grown once.
      `insert into ${schema}.jobs (id, job, lane, priority, run_at, created_at, max_attempts, timeout, keep_succeeded,
         keep_failed, stage, input)
       select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, '', '', 0, 0, 0, 1, 0, 0, 0, ${scheduled},
         to_json(repeat('x', 1500))
       from generate_series(1, 1000) n`,
      `delete from ${schema}.jobs where lane = ''`,
      `create table ${schema}.finished_jobs (${fixedColumns}, state smallint not null, finished_at bigint not null, keep_until bigint not null,
        ${claimColumns}, ${otherColumns}, reason text, output json, error json, primary key (id, keep_until)) partition by range (keep_until)`,
      `create index finished_jobs_by_job on ${schema}.finished_jobs (job, id)`,
      `create index finished_jobs_by_state on ${schema}.finished_jobs (state, id) where state <> ${succeeded}`,
      `create index jobs_by_flow on ${schema}.jobs (flow, id) where flow is not null`,
      `create index finished_jobs_by_flow on ${schema}.finished_jobs (flow, id) where flow is not null`,
      `create index finished_jobs_by_metadata on ${schema}.finished_jobs using gin (metadata jsonb_path_ops)
        where metadata is not null`,
      `create table ${schema}.partitions (name text primary key, from_ms bigint not null, to_ms bigint not null)`,
      `create table ${schema}.attempts (job_id uuid not null, fence integer not null, attempt smallint not null,
        worker uuid not null, started_at bigint not null, ended_at bigint not null, state smallint not null,
        reason text, error json, primary key (job_id, fence))`,
      `create table ${schema}.logs (job_id uuid not null, fence integer not null, seq integer not null,
        attempt smallint not null, at bigint not null, level smallint not null, message text not null, data json,
        primary key (job_id, fence, seq))`,
      `create table ${schema}.workers (id uuid primary key, name text not null, lanes text not null, jobs text not null,
        started_at bigint not null, seen_at bigint not null, lease_until bigint not null,
        dead smallint not null, sweep_at bigint not null) with (fillfactor = 50)`,
      `create table ${schema}.lanes (name text primary key, paused_at bigint, reason text)`,
      `create table ${schema}.keys (scope text not null, key text not null, job_id uuid not null, call_id uuid not null,
        body_hash text not null, expires_at bigint not null, look_at bigint not null, primary key (scope, key))`,
      `create index keys_look on ${schema}.keys (look_at)`,
      `create index keys_by_job on ${schema}.keys (job_id)`,
      `create table ${schema}.tombstones (id uuid primary key, expires_at bigint not null)`,
      `create index tombstones_expiry on ${schema}.tombstones (expires_at)`,
      `create table ${schema}.edges (parent uuid not null, child uuid not null, on_fail smallint not null,
        open smallint not null, primary key (parent, child))`,
      `create index edges_by_child on ${schema}.edges (child)`,
      `create table ${schema}.flows (id uuid primary key, name text not null, created_at bigint not null)`,
      `create index flows_by_name on ${schema}.flows (name, id)`,
      `create table ${schema}.signals (worker uuid not null, job_id uuid not null, fence integer not null, kind text not null,
        reason text not null, created_at bigint not null, primary key (worker, job_id, fence, kind))`,
    ],
  },
  {
    name: '002-locks',
    statements: [
      `create table ${schema}.locks (name text collate "C" primary key, owner text not null, token bigint not null,
        held_until bigint not null) with (fillfactor = 50)`,
      `create index locks_until on ${schema}.locks (held_until)`,
    ],
  },
  {
    name: '003-schedules',
    statements: [
      `alter table ${schema}.jobs add column schedule text collate "C", add column missed integer`,
      `alter table ${schema}.finished_jobs add column schedule text collate "C", add column missed integer`,
      `create index jobs_by_schedule on ${schema}.jobs (schedule, id) where schedule is not null`,
      `create index finished_jobs_by_schedule on ${schema}.finished_jobs (schedule, id) where schedule is not null`,
      `alter table ${schema}.workers add column schedules text not null default '[]'`,
      `create table ${schema}.schedules (next_at bigint, start_at bigint not null, last_at bigint, paused_from bigint,
        created_at bigint not null, updated_at bigint not null, runs integer not null default 0,
        version integer not null default 1, serial smallint not null, id text collate "C" primary key,
        job text collate "C" not null, state text not null, origin text not null, owner text, reason text,
        rule text not null, override text) with (fillfactor = 70)`,
      `create index schedules_due on ${schema}.schedules (next_at, id) where next_at is not null`,
      `create index schedules_by_job on ${schema}.schedules (job, id)`,
      `create table ${schema}.schedule_skips (schedule text collate "C" not null, slot bigint not null, from_slot bigint not null,
        count bigint not null, at bigint not null, reason text not null, message text, primary key (schedule, slot))`,
      `create index schedule_skips_by_age on ${schema}.schedule_skips (at)`,
    ],
  },
  {
    name: '004-people',
    statements: [
      `create table ${schema}.audit (id bigint generated always as identity primary key, at bigint not null,
        actor_kind text not null, actor_id text not null, actor_name text collate "C" not null, address text,
        action text collate "C" not null, target text collate "C" not null, outcome text not null, before text, after text)`,
      `create index audit_by_target on ${schema}.audit (target, id)`,
      `create index audit_by_actor on ${schema}.audit (actor_name, id)`,
      `create index audit_by_action on ${schema}.audit (action, id)`,
      `create index audit_by_age on ${schema}.audit (at)`,
      `create table ${schema}.users (${texts('id', 'name', 'email')}, email_verified integer not null, ${texts('image?', 'role')},
        created_at bigint not null, updated_at bigint not null, primary key (id), unique (email))`,
      `create table ${schema}.sessions (${texts('id', 'token', 'user_id')}, expires_at bigint not null, created_at bigint not null,
        updated_at bigint not null, ${texts('ip_address?', 'user_agent?')}, primary key (id), unique (token))`,
      `create index sessions_by_user on ${schema}.sessions (user_id)`,
      `create index sessions_by_expiry on ${schema}.sessions (expires_at)`,
      `create table ${schema}.accounts (${texts('id', 'account_id', 'provider_id', 'user_id', 'access_token?', 'refresh_token?', 'id_token?')},
        access_token_expires_at bigint, refresh_token_expires_at bigint, ${texts('scope?', 'password?')},
        created_at bigint not null, updated_at bigint not null, primary key (id), unique (provider_id, account_id))`,
      `create index accounts_by_user on ${schema}.accounts (user_id)`,
      `create table ${schema}.verifications (${texts('id', 'identifier', 'value')}, expires_at bigint not null,
        created_at bigint not null, updated_at bigint not null, primary key (id))`,
      `create index verifications_by_identifier on ${schema}.verifications (identifier)`,
      `create index verifications_by_expiry on ${schema}.verifications (expires_at)`,
      `create table ${schema}.api_keys (${texts('id', 'name', 'prefix', 'hash', 'role', 'lanes?', 'created_by')},
        created_at bigint not null, expires_at bigint, last_used_at bigint, revoked_at bigint, primary key (id), unique (hash))`,
      `create table ${schema}.settings (${texts('name', 'value')}, updated_at bigint not null, primary key (name))`,
      `create table ${schema}.manifests (${texts('job', 'manifest')}, updated_at bigint not null, primary key (job))`,
    ],
  },
  {
    name: '005-counts',
    statements: [
      `create table ${schema}.counters (at bigint not null, ${texts('span', 'worker', 'data')}, primary key (span, at, worker))`,
      `alter table ${schema}.workers add column draining smallint not null default 0`,
      `create index jobs_blocked on ${schema}.jobs (id) where stage = ${blocked}`,
    ],
  },
  {
    name: '006-definitions',
    statements: [
      `create table ${schema}.definitions (${texts('id', 'kind', 'data', 'secrets?', 'owner?', 'origin')}, enabled smallint not null,
        removed smallint not null, version integer not null, created_at bigint not null, updated_at bigint not null, primary key (id))`,
      `create index definitions_by_version on ${schema}.definitions (version)`,
      `create table ${schema}.definition_versions (${texts('id', 'actor?', 'data?')}, version integer not null, at bigint not null,
        enabled smallint not null, primary key (id, version))`,
      `create table ${schema}.reports (job_id uuid primary key, fence integer not null, attempt smallint not null, until bigint,
        outcome text, expires_at bigint not null)`,
      `create index reports_by_expiry on ${schema}.reports (expires_at)`,
    ],
  },
]
