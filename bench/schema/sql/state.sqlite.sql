-- A plain state column. A claim changes it, so the row leaves one partial index and enters another.

-- name: schema
create table jobs (
  id text primary key not null,
  state text not null, -- blocked, scheduled, ready, running
  worker text,
  claimed_at integer,
  fence integer not null default 0,
  attempt integer not null default 0,
  lapses integer not null default 0,
  job text not null,
  lane text not null,
  priority integer not null,
  run_at integer not null,
  created_at integer not null,
  expires_at integer,
  max_attempts integer not null,
  timeout_ms integer,
  keep_succeeded_ms integer not null,
  keep_failed_ms integer not null,
  flags integer not null default 0,
  blockers integer not null default 0,
  traceparent text,
  limit_key text,
  input text not null,
  metadata text
) strict;
create index jobs_claim on jobs (lane, priority, run_at, id) where state = 'ready';
create index jobs_promote on jobs (run_at) where state = 'scheduled';
create index jobs_running on jobs (worker) where state = 'running';

-- name: insert-loop
insert into jobs (id, state, job, lane, priority, run_at, created_at, expires_at, max_attempts, timeout_ms,
  keep_succeeded_ms, keep_failed_ms, flags, blockers, traceparent, limit_key, input, metadata)
values (:id, case when :blockers > 0 then 'blocked' when :runAt > :now then 'scheduled' else 'ready' end, :job, :lane,
  :priority, coalesce(:runAt, :now), :now, :expiresAt, :maxAttempts, :timeoutMs, :keepSucceededMs, :keepFailedMs,
  :flags, :blockers, :traceparent, :limitKey, :input, :metadata)
on conflict (id) do nothing;

-- name: insert-json
-- "where true" is what SQLite's grammar asks for before "on conflict".
insert into jobs (id, state, job, lane, priority, run_at, created_at, expires_at, max_attempts, timeout_ms,
  keep_succeeded_ms, keep_failed_ms, flags, blockers, traceparent, limit_key, input, metadata)
select r.value ->> 0,
  case when r.value ->> 7 > 0 then 'blocked' when r.value ->> 4 > :now then 'scheduled' else 'ready' end,
  r.value ->> 1, r.value ->> 2, r.value ->> 3, coalesce(r.value ->> 4, :now), :now, r.value ->> 5, r.value ->> 8,
  r.value ->> 9, r.value ->> 10, r.value ->> 11, r.value ->> 6, r.value ->> 7, r.value ->> 12, r.value ->> 13,
  r.value ->> 14, r.value ->> 15
from json_each(:rows) r
where true
on conflict (id) do nothing;

-- name: claim
update jobs set state = 'running', worker = :worker, claimed_at = :now, fence = fence + 1, attempt = attempt + 1
where rowid in (
  select rowid from jobs
  where lane = :lane and priority = :priority and (run_at, id) > (:runAt, :id) and state = 'ready'
  order by run_at, id limit :limit)
returning id, job, lane, priority, run_at, created_at, expires_at, fence, attempt, max_attempts, timeout_ms, flags,
  traceparent, input, metadata;

-- name: running-of-worker
select id, fence from jobs where state = 'running' and worker = :worker;

-- name: running-newest
select id, job, worker, claimed_at from jobs where state = 'running' order by id desc limit 50;

-- name: release-child
update jobs set blockers = blockers - 1, state = case when blockers = 1 then 'ready' else 'blocked' end
where state = 'blocked' and id in (select child from edges where parent = :parent);
