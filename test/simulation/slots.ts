/** When a schedule runs, by plain arithmetic: every kind of expression of the simulation means steps of one length. */
import type { Misfire, Overlap, RunOn } from '../../src/schedule/policies.ts'
import type { ScheduleRecord } from '../../src/storage/contract.ts'

/** What is stored of a schedule, read once more. */
export interface Rule {
  /** What decides when it runs, to be compared. */
  readonly timing: string
  readonly step: number
  /** One of its slots. */
  readonly anchor: number
  readonly startsAt: number | null
  /** Milliseconds since 1970; infinite for never. */
  readonly endsAt: number
  readonly maxRuns: number
  readonly misfire: Misfire
  readonly overlap: Overlap
  readonly runOn: RunOn
  readonly lane: string | null
}

interface Stored {
  readonly when?: { readonly every: number } | { readonly cron: string }
  readonly startsAt?: number
  readonly endsAt?: number
  readonly maxRuns?: number
  readonly misfire?: Misfire
  readonly overlap?: Overlap
  readonly runOn?: RunOn
  readonly options?: { readonly lane?: string }
}

export function ruleOf({ rule, override, start }: Pick<ScheduleRecord, 'rule' | 'override' | 'start'>): Rule {
  const [base, own] = [rule, override ?? '{}'].map((text) => JSON.parse(text)) as [Stored, Stored]
  const { when, startsAt, endsAt, maxRuns, ...all } = { ...base, ...own }
  if (when === undefined) throw new Error(`a schedule without times: ${rule}`)
  const seconds = 'cron' in when ? Number(/^\*(?:\/(\d+))?( \*){5}$/.exec(when.cron)?.[1] ?? 1) : null
  return {
    timing: JSON.stringify([when, startsAt, endsAt, maxRuns]),
    step: seconds === null ? (when as { every: number }).every : seconds * 1_000,
    anchor: seconds === null ? start : 0,
    startsAt: startsAt ?? null,
    endsAt: endsAt ?? Number.POSITIVE_INFINITY,
    maxRuns: maxRuns ?? Number.POSITIVE_INFINITY,
    misfire: all.misfire ?? 'once',
    overlap: all.overlap ?? 'allow',
    runOn: all.runOn ?? 'one',
    lane: { ...base.options, ...own.options }.lane ?? null,
  }
}

export const isSlot = ({ step, anchor }: Rule, at: number): boolean => (at - anchor) % step === 0

/** All from `from` to `to`, both included, and before the end. */
export function slotsIn({ step, anchor, endsAt }: Rule, from: number, to: number): number[] {
  const slots: number[] = []
  for (let at = anchor + Math.ceil((from - anchor) / step) * step; at <= to && at < endsAt; at += step) slots.push(at)
  return slots
}

/** The first behind `after`; null for never. */
export function slotBehind(rule: Rule, after: number): number | null {
  const from = Math.max(after + 1, rule.startsAt ?? after + 1)
  return slotsIn(rule, from, from + rule.step - 1)[0] ?? null
}
