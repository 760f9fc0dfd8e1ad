import { randomUUID } from 'node:crypto'
import type { NewJob } from '../../src/storage/contract.ts'

/** A job as storages get it, with a key or without. For tests that must see what a storage says, not what `enqueue` makes of it. */
export const aJob = (key: string | null): NewJob => ({
  id: randomUUID(),
  job: 'note',
  lane: 'default',
  priority: 2,
  at: null,
  delay: 0,
  maxAttempts: 1,
  timeout: 60_000,
  onTimeout: 'fail',
  onLapse: 'retry',
  expiresAt: null,
  expiresIn: null,
  keepSucceeded: 86_400_000,
  keepFailed: 86_400_000,
  input: '1',
  metadata: null,
  parents: [],
  flow: null,
  schedule: null,
  idempotency: key === null ? null : { key, hash: 'hash', keep: 86_400_000 },
  unique: null,
})
