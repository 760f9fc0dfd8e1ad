import type { StandardSchemaV1 } from '@standard-schema/spec'
import { defineJob, type JobContext } from '../../index.ts'
import { storePath } from './file-path.ts'
import { hashFile } from './hash-file.ts'
import { type Found, walk } from './walk.ts'

/** A directory, as the walk takes it. */
export interface Place {
  readonly root: string
  readonly skip: readonly string[]
  readonly store: string | null
  /** As in `WalkOptions`. */
  readonly round?: string
}

export interface Looked {
  readonly files: number
  /** Files that are new, or others than when they were hashed. */
  readonly changed: number
}

const batchSize = 500

/** Written by hand, so that the demo needs no schema library. */
const inputSchema: StandardSchemaV1<Place> = {
  '~standard': {
    version: 1,
    vendor: 'rota',
    validate(value) {
      const { root, skip, store } = (value ?? {}) as Record<string, unknown>
      const fits = typeof root === 'string' && Array.isArray(skip) && (store === null || typeof store === 'string')
      return fits ? { value: value as Place } : { issues: [{ message: 'must be { root, skip, store }' }] }
    },
  },
}

/** The scheduled job of the demo: enqueues `hash-file` for what is new or changed in a directory. The keys tell what was there before. */
export const lookAgain = defineJob({
  id: 'look-again',
  input: inputSchema,
  retries: 0, // it runs again soon
  metadata: { demo: true },
  retention: { succeeded: '1h', failed: '1d' },
  async run({ root, ...options }: Place, ctx: JobContext): Promise<Looked> {
    let [files, changed] = [0, 0]
    const flush = async (batch: readonly (Found & { kind: 'file' })[]) => {
      const stored = await Promise.all(
        batch.map(({ path, fingerprint }) => ctx.enqueue(hashFile, storePath(path), { idempotencyKey: fingerprint })),
      )
      files += batch.length
      changed += stored.filter(({ status }) => status === 'created').length
    }
    let batch: (Found & { kind: 'file' })[] = []
    for await (const found of walk(Buffer.from(root), options)) {
      ctx.signal.throwIfAborted()
      if (found.kind === 'file') batch.push(found)
      if (batch.length < batchSize) continue
      await flush(batch)
      batch = []
    }
    await flush(batch)
    return { files, changed }
  },
})
