/** One moment at which something is to run. */
export interface Slot {
  /** Milliseconds since 1970. */
  readonly at: number
  /**
   * Why it is not simply the time that was asked for: `gap`: the clock leaps over that time on this day, so it runs at the first
   * moment after the gap. `repeat`: the clock shows that time twice on this day, and this is one of the two.
   */
  readonly shift: Shift | null
}

/** Why a run is not simply at the time that was asked for; see `PreviewRun`. */
export type Shift = 'gap' | 'repeat'

/** Moments in order, without beginning or end of its own, asked from any place. Milliseconds since 1970 everywhere. */
export interface Sequence {
  /** The first after `after`; null for never. */
  next(after: number): Slot | null
  /** The last before `before`; null for never. */
  previous(before: number): Slot | null
  /** How many are in `after < slot <= upTo`, exactly and in bounded time. */
  count(after: number, upTo: number): number
}

/** What becomes of a time of day where the clock is put forward (the time does not exist) or back (it exists twice). */
export interface Dst {
  /** `next`: the first moment after the gap. `skip`: not on this day. @default 'next' */
  readonly gap?: 'next' | 'skip'
  /** Which of the two. @default 'first' */
  readonly repeat?: 'first' | 'last' | 'both'
}
