/**
 * What is to happen with a schedule that is due: which slots run, which are skipped and why, and when it is due again. Pure;
 * whoever asks stores the answer if the schedule is still what it was.
 */
import type { Misfire, Overlap } from './policies.ts'
import type { Sequence } from './sequence.ts'

/** Why a slot did not run. Stored as they are. */
export type SkipReason =
  /** Its time passed while nobody could start it. */
  | 'missed'
  /** An earlier run was not over. */
  | 'overlap'
  /** A later slot that was due at the same moment took its place. */
  | 'replaced'
  | 'paused'
  /** No live worker serves its lane. */
  | 'no_worker'
  /** The job has an earlier one with the same key. */
  | 'duplicate'
  /** It could not be made: an error of the application. */
  | 'refused'

/** Of these, what nobody wanted: neither a rule of the schedule nor a person left the slot out. */
export const lostReasons = Object.freeze(['missed', 'no_worker', 'refused'] as const satisfies readonly SkipReason[])

/** Slots that did not run, one or several in a row: `from` is the first of them, `slot` the last. */
export interface Skip {
  readonly slot: number
  readonly from: number
  readonly count: number
  readonly reason: SkipReason
  /** More about it; null as a rule. */
  readonly message: string | null
}

/** A slot that runs. */
export interface Run {
  readonly slot: number
  /** Earlier slots that were missed and have no run of their own, for which it stands. */
  readonly missed: number
}

/** The limits of a schedule and where it stands. */
export interface Standing {
  /** The slot that is due. */
  readonly due: number
  readonly now: number
  /** Milliseconds since 1970; slots before `endsAt` only. */
  readonly endsAt: number | null
  /** How many more runs there may be; null for any number. */
  readonly runsLeft: number | null
  /** Later than this, in milliseconds, the latest slot was missed too. */
  readonly grace: number
}

export interface Firing {
  /** In order. */
  readonly runs: readonly Run[]
  readonly skips: readonly Skip[]
  /** When it is due next, if it may run once more; null when its times are over. */
  readonly nextAt: number | null
}

const skip = (from: number, slot: number, count: number, reason: SkipReason): Skip => ({
  slot,
  from,
  count,
  reason,
  message: null,
})

/** The next slot after `after` that the limits allow. */
export function slotAfter(sequence: Sequence, after: number, endsAt: number | null): number | null {
  const slot = sequence.next(after)
  return slot === null || (endsAt !== null && slot.at >= endsAt) ? null : slot.at
}

/** Which of the due slots run. All but the latest were missed; that one too when it is late. */
export function decideFiring(sequence: Sequence, misfire: Misfire, standing: Standing): Firing {
  const { due, now, endsAt, runsLeft, grace } = standing
  const following = slotAfter(sequence, due, endsAt)
  if (following === null || following > now) {
    if (misfire === 'skip' && now - due > grace)
      return { runs: [], skips: [skip(due, due, 1, 'missed')], nextAt: following }
    return limited([{ slot: due, missed: 0 }], [], following, runsLeft)
  }
  const last = latest(sequence, now, endsAt) ?? due
  const nextAt = slotAfter(sequence, last, endsAt)
  /** Slots from `due` up to and without `slot`. */
  const before = (slot: number): number => sequence.count(due - 1, slot - 1)
  if (misfire === 'skip' && now - last > grace)
    return { runs: [], skips: [skip(due, last, before(last) + 1, 'missed')], nextAt }
  const most = typeof misfire === 'object' ? misfire.all.max : 1
  const slots = lastSlots(sequence, due, last, Math.min(most, runsLeft ?? most))
  const first = slots[0] ?? last
  const missed = before(first)
  const end = sequence.previous(first)?.at ?? due
  const skips = missed > 0 ? [skip(due, end, missed, 'missed')] : []
  const runs = slots.map((slot, i) => ({ slot, missed: i === 0 && misfire !== 'skip' ? missed : 0 }))
  return limited(runs, skips, nextAt, runsLeft)
}

const latest = (sequence: Sequence, now: number, endsAt: number | null): number | null =>
  sequence.previous(endsAt === null ? now + 1 : Math.min(now + 1, endsAt))?.at ?? null

/** The latest `most` slots of those from `due` to `last`, in order. */
function lastSlots(sequence: Sequence, due: number, last: number, most: number): number[] {
  const slots: number[] = []
  for (let at: number | null = last; at !== null && at >= due && slots.length < most; ) {
    slots.unshift(at)
    at = sequence.previous(at)?.at ?? null
  }
  return slots
}

function limited(runs: readonly Run[], skips: readonly Skip[], nextAt: number | null, runsLeft: number | null): Firing {
  return { runs: runsLeft === null ? runs : runs.slice(0, runsLeft), skips, nextAt }
}

/** Where more are before it, a run waits for the first and the latest of them. */
const mostWaitedFor = 20

/**
 * For which of the runs before it, oldest first, a run waits. Not only for the last one: should that be cancelled or expire while it waits
 * itself, the others still count.
 */
export const waitedFor = (before: readonly string[]): readonly string[] =>
  before.length <= mostWaitedFor ? [...before] : [...before.slice(0, 1), ...before.slice(1 - mostWaitedFor)]

/** What an overlap policy makes of the runs of one moment. */
export interface Placed {
  /** In order. */
  readonly runs: readonly (Run & {
    /** Earlier runs to wait for: ids of jobs that are not over. */
    readonly behind: readonly string[]
    /** It also waits for the runs before it in this list. */
    readonly inTurn: boolean
  })[]
  readonly skips: readonly Skip[]
  /** Jobs to cancel. */
  readonly cancel: readonly string[]
}

/** @param live jobs of earlier runs that are not over, oldest first */
export function decideOverlap(overlap: Overlap, runs: readonly Run[], live: readonly string[]): Placed {
  const free = (run: Run) => ({ ...run, behind: [], inTurn: false })
  const skipped = (some: readonly Run[], reason: SkipReason) => some.map(({ slot }) => skip(slot, slot, 1, reason))
  switch (overlap) {
    case 'allow':
      return { runs: runs.map(free), skips: [], cancel: [] }
    case 'skip':
      if (live.length > 0) return { runs: [], skips: skipped(runs, 'overlap'), cancel: [] }
      return { runs: runs.slice(0, 1).map(free), skips: skipped(runs.slice(1), 'overlap'), cancel: [] }
    case 'queue':
      return {
        runs: runs.map((run, i) => ({ ...run, behind: waitedFor(live), inTurn: i > 0 })),
        skips: [],
        cancel: [],
      }
    case 'replace':
      if (runs.length === 0) return { runs: [], skips: [], cancel: [] }
      return {
        runs: runs.slice(-1).map((run) => ({ ...run, behind: live, inTurn: false })),
        skips: skipped(runs.slice(0, -1), 'replaced'),
        cancel: live,
      }
  }
}
