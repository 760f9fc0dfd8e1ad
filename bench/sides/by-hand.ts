/**
 * The floor of a latency: one table of three columns, an insert that notifies, a claim that commits, and nothing else. What
 * a durable queue on PostgreSQL cannot do without.
 */
import pg from 'pg'
import { onPostgres } from './postgres.ts'
import { type Payload, payloads, type Side } from './side.ts'

const claim = {
  name: 'claim',
  text: `update by_hand.jobs set worker = 1 where id = any (array(
    select id from by_hand.jobs where worker is null order by id limit $1 for update skip locked)) returning id, input`,
}

export const byHand: Side = {
  name: 'floor',
  package: 'pg',
  store: 'postgres',
  concurrency: 100,
  settings:
    'minimal SQL by hand: in W1 and W2 on the schema of rota with its history, without all else; in W3 and W4 an insert with NOTIFY, a claim and a delete on a table of three columns',
  async reset(url) {
    await onPostgres(
      url,
      `drop schema if exists by_hand cascade; create schema by_hand;
       create table by_hand.jobs (id bigserial primary key, worker int, input json) with (fillfactor = 50)`,
    )
  },
  async produce(url) {
    const pool = new pg.Pool({ connectionString: url, max: 10 })
    const insert = (list: readonly Payload[]) =>
      pool.query({
        name: 'insert',
        text: `with stored as (insert into by_hand.jobs (input) select unnest($1::json[])) select pg_notify('by_hand', '')`,
        values: [list.map((one) => JSON.stringify(one))],
      })
    return {
      bulk: async (count) => void (await insert(payloads(count))),
      one: async (payload) => void (await insert([payload])),
      close: () => pool.end(),
    }
  },
  async work(url, options) {
    const pool = new pg.Pool({ connectionString: url, max: 3 })
    const listener = new pg.Client(url)
    await listener.connect()
    let working = false
    let again = false
    const work = async () => {
      again = true
      if (working) return
      working = true
      while (again) {
        again = false
        const { rows } = await pool.query({ ...claim, values: [options.concurrency] })
        for (const { input } of rows) void options.run(input)
        if (rows.length === 0) continue
        const done = {
          name: 'done',
          text: 'delete from by_hand.jobs where id = any ($1)',
          values: [rows.map(({ id }) => id)],
        }
        pool.query(done).catch(() => {}) // the pool is closed
        again = true
      }
      working = false
    }
    listener.on('notification', () => void work())
    await listener.query('listen by_hand')
    await work()
    return async () => {
      await listener.end()
      await pool.end()
    }
  },
  left: async (url) => Number((await onPostgres(url, 'select count(*) as n from by_hand.jobs'))[0]?.n),
}
