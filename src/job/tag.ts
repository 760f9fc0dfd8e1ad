/** A text that tells whether a job is still what somebody has seen: the ETag of the REST API. */
import { createHash } from 'node:crypto'

/** What a person may have looked at before changing a job. */
export interface Tagged {
  readonly id: string
  readonly state: string
  readonly fence: number
  readonly attempt: number
  readonly lane: string
  readonly priority: number
  readonly dueAt: number
  readonly maxAttempts: number
  readonly timeout: number
  readonly expiresAt: number | null
  /** JSON text, or null for none. */
  readonly input: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** The same for the same job, whatever storage or process looks at it. */
export function jobTag(job: Tagged): string {
  const { id, state, fence, attempt, lane, priority, dueAt, maxAttempts, timeout, expiresAt, input, metadata } = job
  const labels = Object.entries(metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const seen = [id, state, fence, attempt, lane, priority, dueAt, maxAttempts, timeout, expiresAt, plain(input), labels]
  return createHash('sha256').update(JSON.stringify(seen)).digest('base64url').slice(0, 22)
}

/** Databases may store JSON with other spaces. */
const plain = (json: string | null): unknown => (json === null ? null : JSON.parse(json))
