/**
 * What becomes of the slots of an outage, under every misfire and overlap policy: the table of slots, exactly. The clock of the
 * database is the test's. What is expected is said here anew, in plain loops over all slots.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota, defineJob, type JobId, type Misfire, type Overlap, type Rota } from '../../src/index.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const step = 5 * minute
const begin = Date.UTC(2027, 0, 31, 9, 1)

const outages = { '10 minutes': 10 * minute, '36 hours': 36 * hour, '400 days': 400 * day }
const misfires: Misfire[] = ['skip', 'once', { all: { max: 7 } }]
const overlaps: Overlap[] = ['allow', 'skip', 'queue', 'replace']

/** A run: its slot, the slots for which it stands, and for how many it waits. */
type Row =
  | readonly [slot: number, missed: number, waitsFor: number]
  | readonly [from: number, to: number, count: number, reason: string]

interface Case {
  readonly length: number
  readonly misfire: Misfire
  readonly overlap: Overlap
  /** A run from before the outage is not over. */
  readonly live: boolean
  /** How long after the last slot the outage ends. */
  readonly late: number
}

function expected({ length, misfire, overlap, live, late }: Case): Row[] {
  const slots: number[] = []
  for (let slot = begin - minute + step; slot <= begin - minute + length; slot += step) slots.push(slot)
  const last = slots.at(-1) as number
  const runs: number[] = []
  let missedOfFirst = 0
  const skipped: Row[] = []
  const skip = (from: number, to: number, reason: string) => skipped.push([from, to, (to - from) / step + 1, reason])
  if (misfire === 'skip') {
    if (late > minute) skip(slots[0] as number, last, 'missed')
    else {
      runs.push(last)
      if (slots.length > 1) skip(slots[0] as number, last - step, 'missed')
    }
  } else {
    const kept = misfire === 'once' ? 1 : Math.min(slots.length, misfire.all.max)
    runs.push(...slots.slice(-kept))
    missedOfFirst = slots.length - kept
    if (missedOfFirst > 0) skip(slots[0] as number, slots[missedOfFirst - 1] as number, 'missed')
  }
  const rows: Row[] = []
  for (const [i, slot] of runs.entries()) {
    const missed = i === 0 ? missedOfFirst : 0
    const busy = live || i > 0
    if (overlap === 'allow') rows.push([slot, missed, 0])
    else if (overlap === 'queue') rows.push([slot, missed, (live ? 1 : 0) + i])
    else if (overlap === 'skip') {
      if (busy) skip(slot, slot, 'overlap')
      else rows.push([slot, missed, 0])
    } else if (i < runs.length - 1) skip(slot, slot, 'replaced')
    else rows.push([slot, missed, 0]) // what had not begun is cancelled at once
  }
  return [...rows, ...skipped].sort((a, b) => (a[0] as number) - (b[0] as number))
}

const lates = { '10 s': 10_000, '2 minutes': 2 * minute }
const policies = misfires.flatMap((misfire) =>
  overlaps.flatMap((overlap) => [false, true].map((live) => ({ misfire, overlap, live }))),
)
const nowhere = defineJob({ id: 'work', lane: 'nowhere', run: () => {} })

let folder: string
let server: RunningPostgres
let made = 0
beforeAll(async () => {
  folder = temporaryFolder('outages')
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe.each([
  ['SQLite', (clock: () => number) => sqlite({ file: join(folder, `${++made}.db`), clock })],
  ['PostgreSQL', (clock: () => number) => postgres({ url: server.url, schema: `outage_${++made}`, clock })],
])('%s', (_, open) => {
  const groups = Object.entries(outages).flatMap(([name, length]) =>
    Object.entries(lates).map(
      ([lateName, late]) => [`${name}, and ${lateName} after the last slot`, length, late] as const,
    ),
  )

  test.each(groups)('%s', async (_, length, late) => {
    let now = begin
    const troubles: unknown[] = []
    await using rota = createRota({ storage: open(() => now), jobs: [nowhere], lanes: { default: 1 } })
    rota.on('worker:trouble', ({ error }) => troubles.push(error))
    for (const [i, { misfire, overlap, live }] of policies.entries()) {
      await rota.schedules.put({ id: `case-${i}`, job: nowhere, when: { cron: '*/5 * * * *' }, misfire, overlap })
      if (live) await rota.schedules.trigger(`case-${i}`)
    }
    now = begin - minute + length + late
    await rota.start()
    for (const [i, policy] of policies.entries()) {
      const isFired = async () => Number((await rota.schedules.get(`case-${i}`))?.nextAt) > now
      await until('it is fired', isFired)
      expect([policy, await rowsOf(rota, `case-${i}`)]).toEqual([policy, expected({ ...policy, length, late })])
    }
    expect(troubles).toEqual([])
  })
})

async function rowsOf(rota: Rota, id: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const event of (await rota.schedules.history(id, { limit: 1_000 })).events) {
    if (event.kind === 'skip') rows.push([event.from.getTime(), event.slot.getTime(), event.count, event.reason])
    else if (!event.triggered) {
      const parents = (await rota.jobs.parents(event.job as JobId)).filter(({ open }) => open).length
      rows.push([event.slot.getTime(), event.missed, parents])
    }
  }
  return rows.sort((a, b) => (a[0] as number) - (b[0] as number))
}
