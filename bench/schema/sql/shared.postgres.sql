-- What both designs share: the history, the edges, settling (the guard on worker and fence is the same in both).

-- name: history
create table finished_jobs (
  id uuid not null,
  run_at bigint not null,
  created_at bigint not null,
  claimed_at bigint,
  expires_at bigint,
  finished_at bigint not null,
  keep_until bigint not null,
  keep_succeeded_ms bigint not null,
  keep_failed_ms bigint not null,
  fence int not null,
  timeout_ms int,
  flags int not null,
  blockers int not null,
  state smallint not null, -- 0 succeeded, 1 failed, 2 cancelled, 3 expired
  priority smallint not null,
  attempt smallint not null,
  max_attempts smallint not null,
  lapses smallint not null,
  job text not null,
  lane text not null,
  worker text,
  reason text,
  traceparent text,
  limit_key text,
  input json not null,
  output json,
  error json,
  metadata jsonb,
  primary key (id, keep_until)
) partition by range (keep_until);
create index finished_jobs_job on finished_jobs (job, id);
create index finished_jobs_state on finished_jobs (state, id) where state <> 0;
create table edges (parent uuid not null, child uuid not null, primary key (parent, child));
create index edges_child on edges (child);

-- name: partition-create
create table "{name}" (like finished_jobs including all);

-- name: partition-attach
alter table finished_jobs attach partition "{name}" for values from ({from}) to ({to});

-- name: missing-days
-- The days that the history needs for these jobs, whatever their outcome.
select distinct (extract(epoch from now()) * 1000)::bigint + keep.ms as at
from jobs cross join lateral (values (keep_succeeded_ms), (keep_failed_ms)) keep (ms)
where id = any($1::uuid[]);

-- name: settle-join
with outcome as (
  select * from unnest($1::uuid[], $3::int[], $4::smallint[], $5::text[], $6::text[], $7::text[])
    as o (id, fence, state, reason, output, error)
), over as (
  delete from jobs j using outcome o
  where j.id = o.id and j.fence = o.fence and j.worker = $2
  returning j.*, o.state as outcome_state, o.reason, o.output, o.error
)
insert into finished_jobs (id, run_at, created_at, claimed_at, expires_at, finished_at, keep_until, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, state, priority, attempt, max_attempts, lapses, job, lane, worker,
  reason, traceparent, limit_key, input, output, error, metadata)
select id, run_at, created_at, claimed_at, expires_at, clock.now,
  clock.now + case outcome_state when 0 then keep_succeeded_ms else keep_failed_ms end, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, outcome_state, priority, attempt, max_attempts, lapses, job, lane,
  worker, reason, traceparent, limit_key, input, output::json, error::json, metadata
from over, (select coalesce($8::bigint, (extract(epoch from now()) * 1000)::bigint) as now) clock
returning id, flags;

-- name: settle-jsonb
-- $3 is {"<id>": [fence, state, reason, output, error]}.
with over as (
  delete from jobs
  where id = any($1::uuid[]) and worker = $2 and fence = ($3::jsonb -> id::text ->> 0)::int
  returning *
)
insert into finished_jobs (id, run_at, created_at, claimed_at, expires_at, finished_at, keep_until, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, state, priority, attempt, max_attempts, lapses, job, lane, worker,
  reason, traceparent, limit_key, input, output, error, metadata)
select id, run_at, created_at, claimed_at, expires_at, clock.now,
  clock.now + case o.v ->> 1 when '0' then keep_succeeded_ms else keep_failed_ms end, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, (o.v ->> 1)::smallint, priority, attempt, max_attempts, lapses,
  job, lane, worker, o.v ->> 2, traceparent, limit_key, input, (o.v ->> 3)::json, (o.v ->> 4)::json, metadata
from over
cross join lateral (select $3::jsonb -> over.id::text as v offset 0) o
cross join (select coalesce($4::bigint, (extract(epoch from now()) * 1000)::bigint) as now) clock
returning id, flags;

-- name: settle-hashed
-- "is true" keeps the pair test a hashed subplan: the planner cannot turn it into a join with the whole table.
with over as (
  delete from jobs
  where id = any($1::uuid[]) and worker = $2
    and ((id, fence) in (select * from unnest($1::uuid[], $3::int[]))) is true
  returning *
)
insert into finished_jobs (id, run_at, created_at, claimed_at, expires_at, finished_at, keep_until, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, state, priority, attempt, max_attempts, lapses, job, lane, worker,
  reason, traceparent, limit_key, input, output, error, metadata)
select id, run_at, created_at, claimed_at, expires_at, clock.now,
  clock.now + case o.state when 0 then keep_succeeded_ms else keep_failed_ms end, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, o.state, priority, attempt, max_attempts, lapses, job, lane,
  worker, o.reason, traceparent, limit_key, input, o.output::json, o.error::json, metadata
from over
join unnest($1::uuid[], $4::smallint[], $5::text[], $6::text[], $7::text[]) as o (id, state, reason, output, error)
  using (id)
cross join (select coalesce($8::bigint, (extract(epoch from now()) * 1000)::bigint) as now) clock
returning id, flags;

-- name: settle-json
-- One parameter. The array comes from a subquery, so the planner expects ten ids whatever it is given.
with outcome as materialized (
  select * from json_to_recordset($1::json)
    as o (id uuid, fence int, state smallint, reason text, output json, error json)
), over as (
  delete from jobs
  where id = any(array(select id from outcome)) and worker = $2
    and ((id, fence) in (select id, fence from outcome)) is true
  returning *
)
insert into finished_jobs (id, run_at, created_at, claimed_at, expires_at, finished_at, keep_until, keep_succeeded_ms,
  keep_failed_ms, fence, timeout_ms, flags, blockers, state, priority, attempt, max_attempts, lapses, job, lane, worker,
  reason, traceparent, limit_key, input, output, error, metadata)
select id, run_at, created_at, claimed_at, expires_at, clock.now,
  clock.now + case o.state when 0 then keep_succeeded_ms else keep_failed_ms end, keep_succeeded_ms,
  keep_failed_ms, over.fence, timeout_ms, flags, blockers, o.state, priority, attempt, max_attempts, lapses, job, lane,
  worker, o.reason, traceparent, limit_key, input, o.output, o.error, metadata
from over
join outcome o using (id)
cross join (select coalesce($3::bigint, (extract(epoch from now()) * 1000)::bigint) as now) clock
returning id, flags;

-- name: remove-finished
-- Runs after a retried insert, as a statement of its own: it must see what finished meanwhile.
delete from jobs j using finished_jobs f where j.id = any($1::uuid[]) and f.id = j.id;

-- name: mark-parents
with parent as (select id from jobs where id = any($1::uuid[]) order by id for update)
update jobs j set flags = flags | 1 from parent p where j.id = p.id returning j.id;

-- name: finished-parents
select id from finished_jobs where id = any($1::uuid[]);

-- name: add-edges
insert into edges (parent, child) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing;
