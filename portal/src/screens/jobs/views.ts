/** Filters with a name: some are there from the beginning, others are kept in this browser. */
import { keptStore } from '../../data/store.ts'

export interface View {
  readonly name: string
  readonly filter: string
}

const isView = (value: unknown): value is View =>
  typeof (value as View | null)?.name === 'string' && typeof (value as View).filter === 'string'

/** Those of the user, in the order of their names. */
export const ownViews = keptStore<readonly View[]>(
  'jobs.views',
  [],
  (value): value is readonly View[] => Array.isArray(value) && value.every(isView),
)

/** By the key of their texts. */
export const builtInViews = {
  failedLately: 'state:failed since:1h',
  runningNow: 'state:running',
  waitingLong: 'state:ready until:10m',
  blocked: 'state:blocked',
  timedOut: 'reason:timed_out',
  urgent: 'state:ready,scheduled priority:critical,high',
} as const

/** One of the same name is replaced. */
export function keepView(view: View): void {
  const others = ownViews.get().filter(({ name }) => name !== view.name)
  ownViews.set([...others, view].sort((a, b) => a.name.localeCompare(b.name)))
}

export const forgetView = (name: string): void => ownViews.set(ownViews.get().filter((one) => one.name !== name))
