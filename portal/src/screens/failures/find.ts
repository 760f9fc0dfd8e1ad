/** Every failed job of a group, as far as one may wish to retry at once. */
import { cluster, rota } from '../../data/client.ts'
import { type Group, isOf } from './alike.ts'

export const mostRetried = 1_000
const mostPages = 40

/** Their ids, newest first, and whether there may be more. */
export async function idsOf(
  group: Group,
  filter: string,
  signal: AbortSignal,
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  const options = { signal, context: { cluster } }
  const ids: string[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const { jobs, next } = await rota.jobs.list(
      { filter, limit: 100, ...(cursor !== undefined && { cursor }) },
      options,
    )
    for (const job of jobs) if (isOf(group, job)) ids.push(job.id)
    if (ids.length >= mostRetried)
      return { ids: ids.slice(0, mostRetried), more: ids.length > mostRetried || next !== null }
    if (next === null) return { ids, more: false }
    cursor = next
  }
  return { ids, more: true }
}
