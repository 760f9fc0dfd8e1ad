/**
 * The demo: one job for each file of a directory.
 *
 * walking (files are enqueued in batches while the worker runs the first ones) → working (all are enqueued) → over.
 * It may end at any moment, also by force: the same walk later enqueues the same keys, and the store knows what is done.
 */
import type { Rota } from '../../index.ts'
import { plural } from '../text.ts'
import { type StoredPath, storePath } from './file-path.ts'
import { hashFile } from './hash-file.ts'
import { Progress } from './progress.ts'
import { type Summary, summarise } from './summary.ts'
import { Tracker } from './tracker.ts'
import { type Found, type WalkOptions, walk } from './walk.ts'

const batchSize = 500
/** The walk waits where it is this far ahead, so that memory stays bounded. */
const farAhead = 100_000
const namedDirectories = 10

export interface Outcome {
  /** Null when it was interrupted. */
  readonly summary: Summary | null
}

/** @param rota has to be started; @param signal ends it early */
export async function hashTree(
  rota: Rota,
  root: string,
  options: WalkOptions & { readonly signal: AbortSignal },
): Promise<Outcome> {
  const { signal } = options
  const tracker = new Tracker(rota)
  let complete = false
  const standing = () => ({ found: tracker.found, over: tracker.over, failed: tracker.failed, complete })
  const progress = new Progress(standing, () => tracker.before)
  let unreadable = 0
  const report = (found: Found & { kind: 'unreadable' }) => {
    unreadable++
    const why = found.error.code ?? found.error.message
    if (unreadable <= namedDirectories) progress.say(`cannot read directory ${found.path} (${why})`)
  }
  try {
    await enqueueAll(rota, walk(Buffer.from(root), options), tracker, report, signal)
    complete = !signal.aborted
    if (unreadable > 0) progress.say(`${plural(unreadable, 'directory', 'directories')} could not be read`)
    await tracker.untilAtMost(0, signal)
  } finally {
    progress.end()
    tracker.close()
  }
  if (signal.aborted) return { summary: null }
  if (tracker.before > 0) progress.say(`${plural(tracker.before, 'file')} had been done before and did not change`)
  return { summary: await summarise(rota, tracker.ids()) }
}

async function enqueueAll(
  rota: Rota,
  walked: AsyncIterable<Found>,
  tracker: Tracker,
  report: (found: Found & { kind: 'unreadable' }) => void,
  signal: AbortSignal,
): Promise<void> {
  let keys = new Map<StoredPath, string>()
  const flush = async () => {
    const batch = keys
    keys = new Map()
    const options = { idempotencyKey: (input: StoredPath) => batch.get(input) as string }
    if (batch.size > 0) await tracker.add(await rota.enqueueMany(hashFile, [...batch.keys()], options))
  }
  for await (const found of walked) {
    if (signal.aborted) return
    if (found.kind === 'unreadable') report(found)
    else keys.set(storePath(found.path), found.fingerprint)
    if (keys.size < batchSize) continue
    await flush()
    await tracker.untilAtMost(farAhead, signal)
  }
  await flush()
}
