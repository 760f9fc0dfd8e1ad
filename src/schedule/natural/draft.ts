/** What is known of a rule while its sentence is read. */
import type { Cursor } from './cursor.ts'
import type { Place } from './refuse.ts'
import type { Anchor, Unit } from './rule.ts'
import type { Runs } from './runs.ts'
import type { WindowDraft } from './windows.ts'

export interface Draft {
  readonly cursor: Cursor
  readonly runs: Runs
  readonly windows: WindowDraft
  interval: { readonly every: number; readonly unit: Unit; readonly place: Place } | null
  anchor: { readonly value: Anchor; readonly place: Place } | null
  timezone: string | null
}
