-- A plain state column. A claim changes it, so the row leaves one partial index and enters another.

-- name: schema
create table jobs (
  id uuid not null,
  run_at bigint not null,
  created_at bigint not null,
  claimed_at bigint,
  expires_at bigint,
  keep_succeeded_ms bigint not null,
  keep_failed_ms bigint not null,
  fence int not null default 0,
  timeout_ms int,
  flags int not null default 0,
  blockers int not null default 0,
  priority smallint not null,
  attempt smallint not null default 0,
  max_attempts smallint not null,
  lapses smallint not null default 0,
  state text not null, -- blocked, scheduled, ready, running
  job text not null,
  lane text not null,
  worker text,
  traceparent text,
  limit_key text,
  input json not null,
  metadata jsonb,
  primary key (id)
) with (vacuum_truncate = false);
create index jobs_claim on jobs (lane, priority, run_at, id) where state = 'ready';
create index jobs_promote on jobs (run_at) where state = 'scheduled';
create index jobs_running on jobs (worker) where state = 'running';

-- name: prime
-- Grows the file to some MB once: a plan that is cached while the table has no pages scans all of it for ever after.
insert into jobs (id, run_at, created_at, keep_succeeded_ms, keep_failed_ms, state, priority, max_attempts,
  job, lane, input)
select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 0, 0, 0, 0, 'scheduled', 0, 1, '', '',
  to_json(repeat('x', 1500))
from generate_series(1, 1000) n;
delete from jobs where lane = '';

-- name: insert-unnest
insert into jobs (id, run_at, created_at, expires_at, keep_succeeded_ms, keep_failed_ms, timeout_ms, flags, blockers,
  state, priority, max_attempts, job, lane, traceparent, limit_key, input, metadata)
select id, coalesce(run_at, clock.now), clock.now, expires_at, keep_succeeded_ms, keep_failed_ms, timeout_ms, flags,
  blockers, case when blockers > 0 then 'blocked' when run_at > clock.now then 'scheduled' else 'ready' end,
  priority, max_attempts, job, lane,
  traceparent, limit_key, input::json, metadata::jsonb
from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[], $8::int[], $9::int[],
  $10::smallint[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
  as r (id, run_at, expires_at, keep_succeeded_ms, keep_failed_ms, timeout_ms, flags, blockers, priority, max_attempts,
    job, lane, traceparent, limit_key, input, metadata),
  (select coalesce($1::bigint, (extract(epoch from now()) * 1000)::bigint) as now) clock
on conflict (id) do nothing;

-- name: insert-json
insert into jobs (id, run_at, created_at, expires_at, keep_succeeded_ms, keep_failed_ms, timeout_ms, flags, blockers,
  state, priority, max_attempts, job, lane, traceparent, limit_key, input, metadata)
select id, coalesce(run_at, clock.now), clock.now, expires_at, keep_succeeded_ms, keep_failed_ms, timeout_ms, flags,
  blockers, case when blockers > 0 then 'blocked' when run_at > clock.now then 'scheduled' else 'ready' end,
  priority, max_attempts, job, lane,
  traceparent, limit_key, input, metadata
from json_to_recordset($2::json) as r (id uuid, run_at bigint, expires_at bigint, keep_succeeded_ms bigint,
    keep_failed_ms bigint, timeout_ms int, flags int, blockers int, priority smallint, max_attempts smallint, job text,
    lane text, traceparent text, limit_key text, input json, metadata jsonb),
  (select coalesce($1::bigint, (extract(epoch from now()) * 1000)::bigint) as now) clock
on conflict (id) do nothing;

-- name: claim
-- One cursor per lane and priority: ($2, $3) say where, ($4, $5) behind which key.
update jobs set state = 'running', worker = $1,
  claimed_at = coalesce($7::bigint, (extract(epoch from now()) * 1000)::bigint),
  fence = fence + 1, attempt = attempt + 1
where ctid = any(array(
  select due.ctid
  from unnest($2::text[], $3::smallint[], $4::bigint[], $5::uuid[]) as behind (lane, priority, run_at, id)
  cross join lateral (
    select j.ctid from jobs j
    where j.lane = behind.lane and j.priority = behind.priority and (j.run_at, j.id) > (behind.run_at, behind.id)
      and j.state = 'ready'
    order by j.run_at, j.id limit $6 for update skip locked
  ) due
  limit $6))
returning id, job, lane, priority, run_at, created_at, expires_at, fence, attempt, max_attempts, timeout_ms, flags,
  traceparent, input, metadata;

-- name: claim-tuple
-- One cursor (priority, run_at, id) for the lane: what arrives with a higher priority hides until the cursor is reset.
update jobs set state = 'running', worker = $1,
  claimed_at = coalesce($7::bigint, (extract(epoch from now()) * 1000)::bigint),
  fence = fence + 1, attempt = attempt + 1
where ctid = any(array(
  select ctid from jobs
  where lane = $2 and (priority, run_at, id) > ($3::smallint, $4::bigint, $5::uuid) and state = 'ready'
  order by priority, run_at, id limit $6 for update skip locked))
returning id, job, lane, priority, run_at, created_at, expires_at, fence, attempt, max_attempts, timeout_ms, flags,
  traceparent, input, metadata;

-- name: running-of-worker
select id, fence from jobs where state = 'running' and worker = $1;

-- name: running-newest
select id, job, worker, claimed_at from jobs where state = 'running' order by id desc limit 50;

-- name: release-children
-- A second statement of the settling transaction: it sees the children inserted until then.
with freed as (select child, count(*)::int as parents from edges where parent = any($1::uuid[]) group by child),
child as (
  select j.id, f.parents from jobs j join freed f on f.child = j.id
  where j.state = 'blocked' order by j.id for update of j
)
update jobs j set blockers = j.blockers - c.parents,
  state = case when j.blockers = c.parents then 'ready' else 'blocked' end
from child c where j.id = c.id returning j.id, j.blockers;

-- name: fill
insert into jobs (id, run_at, created_at, keep_succeeded_ms, keep_failed_ms, timeout_ms, state, priority, max_attempts,
  job, lane, input)
select (substr(at, 1, 8) || '-' || substr(at, 9, 4) || '-7' || substr(hash, 1, 3) || '-8' || substr(hash, 4, 3) ||
    '-' || substr(hash, 7, 12))::uuid,
  $2::bigint + n, $2::bigint, 86400000, 604800000, 60000,
  (array['ready', 'scheduled', 'blocked'])[$3::smallint + 1], 2, 5, 'mail.send', $4::text,
  json_build_object('to', 'user' || n || '@example.com', 'template', 'welcome', 'locale', 'en-GB',
    'order', n, 'note', 'a hundred bytes or so')
from generate_series(1, $1::int) n,
  lateral (select lpad(to_hex($2::bigint + n), 12, '0') as at, md5(n::text || $4::text) as hash) x;
