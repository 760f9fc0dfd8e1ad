/** Acknowledged means durable: what the databases are asked to do before an enqueue resolves. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { onPostgres, onSqlite } from './places.ts'
import { strace, sync } from './sync.ts'

const missing = strace()
const title = `SQLite flushes its log before each enqueue is acknowledged${missing ? ` (skipped: ${missing})` : ''}`

test.skipIf(missing !== null)(title, async () => {
  const { violations, counts } = await onSqlite((place) => sync(place, { jobs: 20 }))
  expect(violations).toEqual([])
  expect(counts.flushes).toBeGreaterThanOrEqual(20)
})

test('every PostgreSQL session that stores or records has synchronous_commit and fsync on', async () => {
  await onPostgres(async (place, server) => {
    const client = new pg.Client(server.url)
    await client.connect()
    const schema = new URL(place.url).searchParams.get('schema')
    await client.query(`
      create table public.seen (what text, synchronous_commit text, fsync text);
      create function public.look() returns trigger language plpgsql as $$ begin
        insert into public.seen
        values (tg_argv[0] || ' ' || tg_op, current_setting('synchronous_commit'), current_setting('fsync'));
        return null;
      end $$;
      create trigger look after insert or update or delete on ${schema}.jobs for each statement execute function public.look('jobs');
      create trigger look after insert on ${schema}.finished_jobs for each statement execute function public.look('finished_jobs');
      create trigger look after insert on ${schema}.keys for each statement execute function public.look('keys')`)
    const note = defineJob({ id: 'note', run: () => 1 })
    const rota = createRota({ storage: place.url, jobs: [note] })
    await rota.start()
    for (const options of [{}, { idempotencyKey: 'k' }, { in: 1 }]) {
      await rota.result((await rota.enqueue(note, undefined, options)).id)
    }
    await rota.stop()
    const { rows } = await client.query(
      'select distinct what, synchronous_commit, fsync from public.seen order by what',
    )
    await client.end()
    const on = { synchronous_commit: 'on', fsync: 'on' }
    const wanted = ['finished_jobs INSERT', 'jobs DELETE', 'jobs INSERT', 'jobs UPDATE', 'keys INSERT']
    expect(rows).toEqual(wanted.map((what) => ({ what, ...on })))
  })
})
