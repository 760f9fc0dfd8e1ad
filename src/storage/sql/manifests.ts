/** What workers tell of the jobs that they know. Every worker tells it again and again, so a look comes before each write. */
import type { ManifestRecord } from '../contract.ts'
import type { SqlDatabase } from './database.ts'

export async function publish(db: SqlDatabase, told: readonly ManifestRecord[]): Promise<void> {
  const last = [...new Map(told.map((one) => [one.job, one])).values()]
  const known = new Map(
    (await manifests(db, [...last.map(({ job }) => job)])).map(({ job, manifest }) => [job, manifest]),
  )
  const news = last.filter(({ job, manifest }) => known.get(job) !== manifest)
  if (news.length === 0) return
  const table = db.table('manifests')
  const sorted = news.toSorted((a, b) => (a.job < b.job ? -1 : 1)) // so that nobody waits in a circle
  await db.transaction((query) =>
    query(
      `insert into ${table} as m (job, manifest, updated_at)
       select job, manifest, ${db.now(1)} from ${db.records(2, 'n', { job: 'text', manifest: 'text' })} where true
       on conflict (job) do update set manifest = excluded.manifest, updated_at = excluded.updated_at
       where m.manifest <> excluded.manifest`,
      [db.clock(), JSON.stringify(sorted)],
    ),
  )
}

export async function manifests(db: SqlDatabase, jobs: readonly string[] | null): Promise<ManifestRecord[]> {
  const where = jobs === null ? '' : `where ${db.anyOf('job', 1)}`
  const rows = await db.read(
    `select job, manifest from ${db.table('manifests')} ${where} order by job`,
    jobs === null ? [] : [jobs],
  )
  return rows.map((row) => ({ job: String(row.job), manifest: String(row.manifest) }))
}
