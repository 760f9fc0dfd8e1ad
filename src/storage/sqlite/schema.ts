import { suspectAfter } from '../../job/states.ts'
import { aside, codeOf } from '../sql/codes.ts'
import type { Migration } from '../sql/migrate.ts'
import { labelsOf } from './find.ts'

const blocked = codeOf('blocked')
const ready = codeOf('ready')
const scheduled = codeOf('scheduled')
const succeeded = codeOf('succeeded')

/** Columns that a job keeps when it moves to the history. */
const jobColumns = `
  id text not null,
  job text not null,
  lane text not null,
  priority integer not null,
  run_at integer not null,
  created_at integer not null,
  worker text,
  claimed_at integer,
  fence integer not null default 0,
  attempt integer not null default 0,
  max_attempts integer not null,
  lapses integer not null default 0,
  timeout integer not null,
  keep_succeeded integer not null,
  keep_failed integer not null,
  expires_at integer,
  flags integer not null default 0,
  traceparent text,
  limit_key text,
  flow text,
  progress text,
  input text,
  metadata text`

/** The history has the live columns and how it ended. Its indexes serve get, list by id, by job, by flow, and by rare states. */
export const migrations: readonly Migration[] = [
  {
    name: '001-jobs',
    statements: [
      `create table migrations (name text primary key not null, applied_at integer not null) strict`,
      `create table jobs (${jobColumns}, stage integer not null, blockers integer not null default 0, primary key (id)) strict`,
      `create index jobs_claim on jobs (lane, priority, run_at, id) where stage = ${ready} and worker is null and lapses < ${suspectAfter}`,
      `create index jobs_suspect on jobs (lane, priority, run_at, id) where stage = ${ready} and worker is null and lapses >= ${suspectAfter}`,
      `create index jobs_scheduled on jobs (run_at) where stage = ${scheduled}`,
      `create index jobs_expiring on jobs (expires_at) where expires_at is not null`,
      `create index jobs_aside on jobs (lane, job) where stage = ${aside}`,
      `create index jobs_running on jobs (worker) where worker is not null`,
      `create table finished_jobs (${jobColumns}, state integer not null, reason text, output text, error text,
        finished_at integer not null, keep_until integer not null, primary key (id)) strict`,
      `create index finished_jobs_by_job on finished_jobs (job, id)`,
      `create index finished_jobs_by_state on finished_jobs (state, id) where state <> ${succeeded}`,
      `create index jobs_by_flow on jobs (flow, id) where flow is not null`,
      `create index finished_jobs_by_flow on finished_jobs (flow, id) where flow is not null`,
      // Each metadata entry of a job, wherever the job is. The insert writes them, because a trigger on it costs every job 1.5 µs.
      `create table labels (name text not null, value any not null, job_id text not null,
        primary key (name, value, job_id)) strict, without rowid`,
      ...['jobs', 'finished_jobs'].map(
        (table) => `create trigger ${table}_unlabel after delete on ${table} when old.metadata is not null
          and not exists (select 1 from jobs where id = old.id) and not exists (select 1 from finished_jobs where id = old.id)
        begin
          delete from labels where (name, value, job_id) in (${labelsOf('old')});
        end`,
      ),
      `create index finished_jobs_by_expiry on finished_jobs (keep_until)`,
      `create table attempts (job_id text not null, fence integer not null, attempt integer not null, worker text not null,
        started_at integer not null, ended_at integer not null, state integer not null, reason text, error text,
        primary key (job_id, fence)) strict, without rowid`,
      `create table logs (job_id text not null, fence integer not null, seq integer not null, attempt integer not null,
        at integer not null, level integer not null, message text not null, data text,
        primary key (job_id, fence, seq)) strict, without rowid`,
      `create table workers (id text primary key not null, name text not null, lanes text not null, jobs text not null,
        started_at integer not null, seen_at integer not null, lease_until integer not null,
        dead integer not null, sweep_at integer not null) strict`,
      `create table lanes (name text primary key not null, paused_at integer, reason text) strict, without rowid`,
      `create table keys (scope text not null, key text not null, job_id text not null, call_id text not null,
        body_hash text not null, expires_at integer not null, look_at integer not null, primary key (scope, key)) strict, without rowid`,
      `create index keys_look on keys (look_at)`,
      `create index keys_by_job on keys (job_id)`,
      `create table tombstones (id text primary key not null, expires_at integer not null) strict, without rowid`,
      `create index tombstones_expiry on tombstones (expires_at)`,
      `create table edges (parent text not null, child text not null, on_fail integer not null,
        open integer not null, primary key (parent, child)) strict, without rowid`,
      `create index edges_by_child on edges (child)`,
      `create table flows (id text primary key not null, name text not null, created_at integer not null) strict`,
      `create index flows_by_name on flows (name, id)`,
      `create table signals (worker text not null, job_id text not null, fence integer not null, kind text not null,
        reason text not null, created_at integer not null, primary key (worker, job_id, fence, kind)) strict, without rowid`,
    ],
  },
  {
    name: '002-locks',
    statements: [
      `create table locks (name text primary key not null, owner text not null, token integer not null,
        held_until integer not null) strict, without rowid`,
      `create index locks_until on locks (held_until)`,
    ],
  },
  {
    name: '003-schedules',
    statements: [
      'alter table jobs add column schedule text',
      'alter table jobs add column missed integer',
      'alter table finished_jobs add column schedule text',
      'alter table finished_jobs add column missed integer',
      'create index jobs_by_schedule on jobs (schedule, id) where schedule is not null',
      'create index finished_jobs_by_schedule on finished_jobs (schedule, id) where schedule is not null',
      `alter table workers add column schedules text not null default '[]'`,
      `create table schedules (id text primary key not null, job text not null, state text not null, origin text not null,
        owner text, reason text, rule text not null, override text, serial integer not null, start_at integer not null,
        next_at integer, paused_from integer, last_at integer, runs integer not null default 0,
        version integer not null default 1, created_at integer not null, updated_at integer not null) strict`,
      'create index schedules_due on schedules (next_at, id) where next_at is not null',
      'create index schedules_by_job on schedules (job, id)',
      `create table schedule_skips (schedule text not null, slot integer not null, from_slot integer not null,
        count integer not null, at integer not null, reason text not null, message text, primary key (schedule, slot)) strict, without rowid`,
      'create index schedule_skips_by_age on schedule_skips (at)',
    ],
  },
  {
    name: '004-people',
    statements: [
      `create table audit (id integer primary key autoincrement, at integer not null, actor_kind text not null,
        actor_id text not null, actor_name text not null, address text, action text not null, target text not null,
        outcome text not null, before text, after text) strict`,
      'create index audit_by_target on audit (target, id)',
      'create index audit_by_actor on audit (actor_name, id)',
      'create index audit_by_action on audit (action, id)',
      'create index audit_by_age on audit (at)',
      `create table users (id text primary key not null, name text not null, email text not null unique,
        email_verified integer not null, image text, role text not null, created_at integer not null,
        updated_at integer not null) strict`,
      `create table sessions (id text primary key not null, token text not null unique, user_id text not null,
        expires_at integer not null, created_at integer not null, updated_at integer not null, ip_address text,
        user_agent text) strict`,
      'create index sessions_by_user on sessions (user_id)',
      'create index sessions_by_expiry on sessions (expires_at)',
      `create table accounts (id text primary key not null, account_id text not null, provider_id text not null,
        user_id text not null, access_token text, refresh_token text, id_token text, access_token_expires_at integer,
        refresh_token_expires_at integer, scope text, password text, created_at integer not null,
        updated_at integer not null, unique (provider_id, account_id)) strict`,
      'create index accounts_by_user on accounts (user_id)',
      `create table verifications (id text primary key not null, identifier text not null, value text not null,
        expires_at integer not null, created_at integer not null, updated_at integer not null) strict`,
      'create index verifications_by_identifier on verifications (identifier)',
      'create index verifications_by_expiry on verifications (expires_at)',
      `create table api_keys (id text primary key not null, name text not null, prefix text not null,
        hash text not null unique, role text not null, lanes text, created_by text not null, created_at integer not null,
        expires_at integer, last_used_at integer, revoked_at integer) strict`,
      `create table settings (name text primary key not null, value text not null, updated_at integer not null) strict`,
      `create table manifests (job text primary key not null, manifest text not null, updated_at integer not null) strict`,
    ],
  },
  {
    name: '005-counts',
    statements: [
      `create table counters (span text not null, at integer not null, worker text not null, data text not null,
        primary key (span, at, worker)) strict, without rowid`,
      'alter table workers add column draining integer not null default 0',
      `create index jobs_blocked on jobs (id) where stage = ${blocked}`,
    ],
  },
  {
    name: '006-definitions',
    statements: [
      `create table definitions (id text primary key not null, kind text not null, data text not null, secrets text, owner text,
        origin text not null, enabled integer not null, removed integer not null, version integer not null,
        created_at integer not null, updated_at integer not null) strict`,
      'create index definitions_by_version on definitions (version)',
      `create table definition_versions (id text not null, version integer not null, at integer not null, actor text,
        enabled integer not null, data text, primary key (id, version)) strict`,
      `create table reports (job_id text primary key not null, fence integer not null, attempt integer not null, until integer,
        outcome text, expires_at integer not null) strict`,
      'create index reports_by_expiry on reports (expires_at)',
    ],
  },
]
