/**
 * Locks by name, one row each. A row is held (`held_until` lies ahead) → free (released, or run out) → gone, an hour later.
 *
 * Tokens of a name only grow: the next owner has one more than the row says. Before a row goes, its token goes into the row
 * without a name, the floor, and who makes a row anew begins above that. The hour is for a statement that has read the floor
 * and is slow to insert.
 */
import type { LockRequest } from '../locks.ts'
import type { SqlDatabase } from './database.ts'

const floor = ''
const nobody = ''
/** Milliseconds. */
const restOfFree = 3_600_000
const never = 8.64e15

/** The token is drawn while the row is locked. Whoever finds it held locks nothing. */
export async function lock(db: SqlDatabase, { name, owner, ttl }: LockRequest): Promise<number | null> {
  const locks = db.table('locks')
  const rows = await db.write(
    `insert into ${locks} as l (name, owner, token, held_until)
     select cast($2 as text), cast($3 as text),
       (select coalesce(max(token), 0) + 1 from ${locks} where name in ('${floor}', $2)), ${db.now(1)} + $4
     where not exists (select 1 from ${locks} where name = $2 and owner <> $3 and held_until > ${db.now(1)})
     on conflict (name) do update set
       owner = excluded.owner, held_until = excluded.held_until,
       token = case when l.owner = excluded.owner then l.token else l.token + 1 end
     where l.owner = excluded.owner or l.held_until <= ${db.now(1)}
     returning token`,
    [db.clock(), name, owner, ttl],
  )
  return rows[0] === undefined ? null : Number(rows[0].token)
}

export async function renewLock(db: SqlDatabase, { name, owner, ttl }: LockRequest): Promise<boolean> {
  const rows = await db.write(
    `update ${db.table('locks')} set held_until = ${db.now(1)} + $4
     where name = $2 and owner = $3 and held_until > ${db.now(1)} returning name`,
    [db.clock(), name, owner, ttl],
  )
  return rows.length === 1
}

export async function unlock(db: SqlDatabase, name: string, owner: string): Promise<boolean> {
  const rows = await db.write(
    `update ${db.table('locks')} set owner = '${nobody}', held_until = ${db.now(1)}
     where name = $2 and owner = $3 and held_until > ${db.now(1)} returning name`,
    [db.clock(), name, owner],
  )
  return rows.length === 1
}

/** Removes rows of names that nobody has used for an hour; gives how many. */
export async function purgeLocks(db: SqlDatabase, limit: number): Promise<number> {
  const locks = db.table('locks')
  const old = `held_until < ${db.now(1)} - ${restOfFree}`
  if ((await db.read(`select 1 as found from ${locks} where ${old} limit 1`, [db.clock()])).length === 0) return 0
  return db.transaction(async (query) => {
    const rows = await query(
      `select name, token from ${locks} where ${old} order by held_until limit $2${db.lock.skip}`,
      [db.clock(), limit],
    )
    if (rows.length === 0) return 0
    await query(
      `insert into ${locks} as l (name, owner, token, held_until) values ('${floor}', '${nobody}', $1, ${never})
       on conflict (name) do update set token = excluded.token where excluded.token > l.token`,
      [Math.max(...rows.map(({ token }) => Number(token)))],
    )
    await query(`delete from ${locks} where ${db.anyOf('name', 1)}`, [rows.map(({ name }) => String(name))])
    return rows.length
  })
}
