/** What the benchmark's stores take and give. Times are epoch milliseconds; `null` for `runAt` means now. */
export interface NewJob {
  id: string
  job: string
  lane: string
  priority: number
  runAt: number | null
  expiresAt: number | null
  maxAttempts: number
  timeoutMs: number | null
  keepSucceededMs: number
  keepFailedMs: number
  flags: number
  blockers: number
  traceparent: string | null
  limitKey: string | null
  input: Readonly<Record<string, unknown>>
  metadata: Readonly<Record<string, unknown>> | null
}

/** Where a claim starts: behind this key of the claim index, in one lane and priority. */
export interface Cursor {
  lane: string
  priority: number
  runAt: number
  id: string
}

export interface Claimed {
  id: string
  lane: string
  priority: number
  runAt: number
  fence: number
}

export interface Outcome {
  id: string
  fence: number
  state: 0 | 1 | 2 | 3
  reason: string | null
  output: string | null
  error: string | null
}

export const hasChildren = 1
const day = 86_400_000
const lowestId = '00000000-0000-0000-0000-000000000000'

export function freshCursors(lane: string, priorities: readonly number[]): Cursor[] {
  return priorities.map((priority) => ({ lane, priority, runAt: 0, id: lowestId }))
}

/** Moves each cursor behind the last key claimed in its priority. */
export function advance(cursors: readonly Cursor[], claimed: readonly Claimed[]): void {
  const last = new Map(cursors.map((cursor) => [cursor.priority, cursor]))
  for (const row of claimed) {
    const cursor = last.get(row.priority)
    if (!cursor) continue
    if (row.runAt > cursor.runAt || (row.runAt === cursor.runAt && row.id > cursor.id)) {
      cursor.runAt = row.runAt
      cursor.id = row.id
    }
  }
}

export function succeeded(claimed: readonly Claimed[]): Outcome[] {
  const output = '{"messageId":"0123456789ab"}'
  return claimed.map(({ id, fence }) => ({ id, fence, state: 0, reason: null, output, error: null }))
}

let sequence = 0

/** A UUIDv7: milliseconds, then a counter that keeps the order inside one process, then random bits. */
export function uuidv7(now = Date.now()): string {
  sequence = (sequence + 1) % 0x4000000
  const at = now.toString(16).padStart(12, '0')
  const order = sequence.toString(16).padStart(7, '0')
  const random = Math.floor(Math.random() * 0x1000000000000)
    .toString(16)
    .padStart(12, '0')
  return `${at.slice(0, 8)}-${at.slice(8)}-7${order.slice(0, 3)}-8${order.slice(3, 6)}-${order[6]}${random.slice(1)}`
}

/** Jobs with a payload of about 100 bytes, three definitions, two retentions; priorities as given, in turn. */
export function makeJobs(count: number, lane: string, priorities: readonly number[] = [2]): NewJob[] {
  const names = ['mail.send', 'image.resize', 'report.build']
  return Array.from({ length: count }, (_, index) => ({
    id: uuidv7(),
    job: names[index % names.length] as string,
    lane,
    priority: priorities[index % priorities.length] as number,
    runAt: null,
    expiresAt: null,
    maxAttempts: 5,
    timeoutMs: 60_000,
    keepSucceededMs: index % 10 === 0 ? 7 * day : day,
    keepFailedMs: 7 * day,
    flags: 0,
    blockers: 0,
    traceparent: null,
    limitKey: null,
    input: { to: `user${index}@example.com`, template: 'welcome', locale: 'en-GB', order: index, note: 'a hundred' },
    metadata: null,
  }))
}

export function chunks<T>(rows: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  )
}
