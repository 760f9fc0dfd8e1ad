/** What the screens of schedules read of them. */
import type { Output } from '../../data/read.ts'
import { durationText } from '../../lib/time.ts'

export type Schedule = Output<'schedules.get'>
export type Run = Output<'schedules.next'>['runs'][number]
export type Event = Output<'schedules.history'>['events'][number]

/** As it is stored. Milliseconds. */
export type When =
  | { readonly every: number; readonly anchor?: number }
  | { readonly cron: string; readonly dialect?: 'vixie' | 'quartz' }
  | { readonly natural: string }
  | { readonly dailyAt: readonly string[] }

export const whenOf = (schedule: Schedule): When | null => schedule.when as When | null

/** The expression as it was written, where that says more than the prose. */
export function expressionOf(when: When | null): string | null {
  if (when === null) return null
  if ('cron' in when) return when.dialect === 'quartz' ? `${when.cron} (quartz)` : when.cron
  if ('every' in when) return durationText(when.every)
  if ('natural' in when) return when.natural
  return when.dailyAt.join(', ')
}
