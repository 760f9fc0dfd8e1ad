import { advance, freshCursors } from './job.ts'
import { connect, createSchema, storeOn } from './postgres-store.ts'
import { type Design, statementsOf } from './sql-file.ts'

export interface LargeTable {
  findByWorkerMs: number
  listRunningNewestMs: number
  listRunningOldestMs: number
  claimBesideScheduledMs: number
  claimBehindRunningMs: number
  claimThroughRunningMs: number
}

const schema = 'rota_large'
const priorities = [0, 1, 2, 3, 4]
const epoch = 1_700_000_000_000

/** A live table of `live` rows: what finding, listing and claiming cost there. Medians, in milliseconds. */
export async function measureLarge(url: string, design: Design, live: number): Promise<LargeTable> {
  const sql = statementsOf(design, 'postgres')
  await createSchema(url, schema, design)
  const client = await connect(url, schema)
  const store = storeOn(client, design)
  const fill = (count: number, at: number, stage: number, lane: string) =>
    client.query(sql('fill'), [count, at, stage, lane])

  // The oldest rows of the table run: for a list sorted by id, newest first, that is the worst place.
  await fill(1_000, epoch, 0, 'oldest')
  await fill(live, epoch + 10_000, 0, 'main')
  await store.claim('w-oldest', freshCursors('oldest', priorities), 1_000)
  await client.query('vacuum analyze jobs')
  const findByWorkerMs = await timed(9, () => client.query(sql('running-of-worker'), ['w-oldest']))
  const listRunningOldestMs = await timed(9, () => client.query(sql('running-newest')))
  await fill(1_000, epoch + 10_000_000, 0, 'newest')
  await store.claim('w-newest', freshCursors('newest', priorities), 1_000)
  const listRunningNewestMs = await timed(9, () => client.query(sql('running-newest')))

  // 20 000 running at the head of the claim index, once passed by the cursor and once walked through.
  const cursors = freshCursors('main', priorities)
  for (let n = 0; n < 40; n += 1) advance(cursors, await store.claim('w-head', cursors, 500))
  const claimBehindRunningMs = await timed(15, async () => advance(cursors, await store.claim('w-head', cursors, 500)))
  const start = freshCursors('main', priorities)
  const claimThroughRunningMs = await timed(15, () => store.claim('w-head', start, 500))

  await client.query('truncate jobs')
  await fill(live, epoch, 1, 'main')
  await fill(20_000, epoch + 10_000_000, 0, 'main')
  await client.query('vacuum analyze jobs')
  const due = freshCursors('main', priorities)
  const claimBesideScheduledMs = await timed(15, async () => advance(due, await store.claim('w', due, 500)))
  await client.query(`drop schema ${schema} cascade`)
  await client.end()
  return {
    findByWorkerMs,
    listRunningNewestMs,
    listRunningOldestMs,
    claimBesideScheduledMs,
    claimBehindRunningMs,
    claimThroughRunningMs,
  }
}

export async function timed(times: number, work: () => unknown): Promise<number> {
  const taken: number[] = []
  for (let n = 0; n < times; n += 1) {
    const start = performance.now()
    await work()
    taken.push(performance.now() - start)
  }
  return median(taken)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
