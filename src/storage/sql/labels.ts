/** Where each entry of the metadata is a row of its own, these rows follow a change of the metadata of live jobs. */
import type { Query, SqlDatabase } from './database.ts'

/** Around a change of metadata: the old labels go before it, the new ones come after it. */
export async function relabelled(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  change: () => Promise<unknown>,
): Promise<void> {
  const { labels } = db.find
  if (labels.kind === 'table') await query(labels.remove, [ids])
  await change()
  if (labels.kind === 'table') await query(labels.write, [ids])
}
