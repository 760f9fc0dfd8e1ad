/** What became of the slots of a schedule: its jobs, and the record of what did not run, as one list. */
import { everyJob } from '../job/filter.ts'
import { idAt, timeOfId } from '../job/id.ts'
import type { Storage } from '../storage/contract.ts'
import { runEvent, type ScheduleEvent, skipEvent } from './schedule-view.ts'

/** Newest first, behind `cursor`. */
export async function historyOf(
  storage: Storage,
  id: string,
  limit: number,
  cursor: string | null,
): Promise<{ events: ScheduleEvent[]; next: string | null }> {
  const query = { ...everyJob, schedules: [id], overFor: null, before: cursor, limit }
  const [{ jobs }, skips] = await Promise.all([
    storage.list(query),
    storage.skips(id, cursor === null ? null : slotsBelow(cursor), limit),
  ])
  const all = [
    ...jobs.map((job) => ({ place: job.id, event: runEvent(job) })),
    ...skips.map((skip) => ({ place: placeOfSkip(skip.slot), event: skipEvent(skip) })),
  ].sort((a, b) => (a.place < b.place ? 1 : -1))
  const page = all.slice(0, limit)
  return { events: page.map(({ event }) => event), next: all.length >= limit ? (page.at(-1)?.place ?? null) : null }
}

/** Below all ids of jobs of the same slot: in lists a skip comes behind the runs of its slot. */
const placeOfSkip = (slot: number): string => idAt(Math.max(0, slot), new Uint8Array(10))

/** Skips behind a place are those of slots before this instant. */
function slotsBelow(place: string): number {
  const slot = timeOfId(place)
  return place === placeOfSkip(slot) ? slot : slot + 1
}
