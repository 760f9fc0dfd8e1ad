-- What both designs share: the history, the edges, settling (the guard on worker and fence is the same in both).

-- name: history
create table finished_jobs (
  id text primary key not null,
  state integer not null, -- 0 succeeded, 1 failed, 2 cancelled, 3 expired
  reason text,
  worker text,
  claimed_at integer,
  fence integer not null,
  attempt integer not null,
  lapses integer not null,
  job text not null,
  lane text not null,
  priority integer not null,
  run_at integer not null,
  created_at integer not null,
  expires_at integer,
  finished_at integer not null,
  keep_until integer not null,
  max_attempts integer not null,
  timeout_ms integer,
  keep_succeeded_ms integer not null,
  keep_failed_ms integer not null,
  flags integer not null,
  blockers integer not null,
  traceparent text,
  limit_key text,
  input text not null,
  output text,
  error text,
  metadata text
) strict;
create index finished_jobs_job on finished_jobs (job, id);
create index finished_jobs_state on finished_jobs (state, id) where state <> 0;
create table edges (parent text not null, child text not null, primary key (parent, child)) without rowid;
create index edges_child on edges (child);

-- name: settle-loop
insert into finished_jobs (id, state, reason, worker, claimed_at, fence, attempt, lapses, job, lane, priority, run_at,
  created_at, expires_at, finished_at, keep_until, max_attempts, timeout_ms, keep_succeeded_ms, keep_failed_ms, flags,
  blockers, traceparent, limit_key, input, output, error, metadata)
select id, :state, :reason, worker, claimed_at, fence, attempt, lapses, job, lane, priority, run_at,
  created_at, expires_at, :now, :now + case :state when 0 then keep_succeeded_ms else keep_failed_ms end, max_attempts,
  timeout_ms, keep_succeeded_ms, keep_failed_ms, flags, blockers, traceparent, limit_key, input, :output, :error,
  metadata
from jobs where id = :id and worker = :worker and fence = :fence
returning flags;

-- name: settle-loop-delete
-- Runs only when the insert above took the row: the write lock is held, so the guard still stands.
delete from jobs where id = :id;

-- name: settle-json
-- :outcomes is [[id, fence, state, reason, output, error]]. "cross join" makes SQLite start at the outcomes.
insert into finished_jobs (id, state, reason, worker, claimed_at, fence, attempt, lapses, job, lane, priority, run_at,
  created_at, expires_at, finished_at, keep_until, max_attempts, timeout_ms, keep_succeeded_ms, keep_failed_ms, flags,
  blockers, traceparent, limit_key, input, output, error, metadata)
select jobs.id, o.value ->> 2, o.value ->> 3, worker, claimed_at, fence, attempt, lapses, job, lane, priority, run_at,
  created_at, expires_at, :now, :now + case o.value ->> 2 when 0 then keep_succeeded_ms else keep_failed_ms end,
  max_attempts, timeout_ms, keep_succeeded_ms, keep_failed_ms, flags, blockers, traceparent, limit_key, input,
  o.value ->> 4, o.value ->> 5, metadata
from json_each(:outcomes) o cross join jobs on jobs.id = o.value ->> 0 and fence = o.value ->> 1 and worker = :worker
returning id, flags;

-- name: settle-json-delete
delete from jobs where id in (select value from json_each(:ids));

-- name: remove-finished
delete from jobs where id = :id and exists (select 1 from finished_jobs f where f.id = jobs.id);

-- name: mark-parent
update jobs set flags = flags | 1 where id = :id;

-- name: add-edge
insert into edges (parent, child) values (:parent, :child) on conflict do nothing;
