/** What the model storage knows of schedules, and nothing of their jobs. */
import type {
  Due,
  DuePosition,
  Firing,
  LiveRun,
  NewestSkips,
  NewestSkipsQuery,
  SchedulePage,
  ScheduleQuery,
  ScheduleRecord,
  ScheduleSave,
  SkipRecord,
} from '../../src/storage/contract.ts'

const keepSkips = 30 * 86_400_000
/** Newest skips that a look over all schedules goes through. */
const lookedAt = 10_000

export class ModelSchedules {
  readonly #now: () => number
  readonly #schedules = new Map<string, ScheduleRecord>()
  readonly #skips = new Map<string, Map<number, SkipRecord>>()

  constructor(now: () => number) {
    this.#now = now
  }

  find({ ids, jobs, states, origin, order, after, limit }: ScheduleQuery): SchedulePage {
    const found = [...this.#schedules.values()]
      .filter(
        ({ id, job, state }) =>
          (ids?.includes(id) ?? true) && (jobs?.includes(job) ?? true) && (states?.includes(state) ?? true),
      )
      .filter((one) => (origin === null || one.origin === origin) && (after === null || one.id > after))
      .filter(({ nextAt }) => order !== 'next' || nextAt !== null)
      .sort((a, b) => (order === 'next' && Number(a.nextAt) - Number(b.nextAt)) || (a.id < b.id ? -1 : 1))
    return { now: this.#now(), schedules: found.slice(0, limit) }
  }

  save(saves: readonly ScheduleSave[]): string[] {
    const now = this.#now()
    const fresh = { lastAt: null, runs: 0, createdAt: now, version: 0 }
    return saves.flatMap(({ version, firstVersion = 1, skips, ...put }) => {
      const before = this.#schedules.get(put.id)
      if ((before?.version ?? null) !== version) return []
      const { lastAt, runs, createdAt, version: seen } = before ?? { ...fresh, version: firstVersion - 1 }
      this.#schedules.set(put.id, { ...put, lastAt, runs, createdAt, version: seen + 1, updatedAt: now })
      this.#skip(put.id, skips)
      return [put.id]
    })
  }

  delete(ids: readonly string[]): string[] {
    const there = [...new Set(ids)].filter((id) => this.#schedules.delete(id))
    for (const id of there) this.#skips.delete(id)
    return there
  }

  due(jobs: readonly string[], after: DuePosition | null, limit: number, liveOf: (id: string) => LiveRun[]): Due {
    const now = this.#now()
    const known = [...this.#schedules.values()].filter(({ job, nextAt }) => jobs.includes(job) && nextAt !== null)
    const at = ({ nextAt }: ScheduleRecord) => nextAt as number
    const later = known.filter((one) => at(one) > now).map(at)
    const behind = (one: ScheduleRecord) =>
      after === null || at(one) > after.nextAt || (at(one) === after.nextAt && one.id > after.id)
    const due = known
      .filter((one) => at(one) <= now && behind(one))
      .sort((a, b) => at(a) - at(b) || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
    return {
      now,
      schedules: due.map((one) => ({ ...one, live: one.serial ? liveOf(one.id) : [] })),
      nextDueIn: later.length === 0 ? null : Math.min(...later) - now,
    }
  }

  /** In how many milliseconds one is due, whoever knows its job. */
  nextFireIn(): number | null {
    const all = [...this.#schedules.values()].flatMap(({ nextAt }) => nextAt ?? [])
    return all.length === 0 ? null : Math.max(0, Math.min(...all) - this.#now())
  }

  /** Whether it is still what was seen; then it is what the firing says. */
  advance({ id, version, state, reason, nextAt, lastAt, runs, skips }: Firing): boolean {
    const before = this.#schedules.get(id)
    if (before?.version !== version) return false
    const pausedFrom = state === 'paused' ? before.pausedFrom : null
    const counted = { lastAt: lastAt ?? before.lastAt, runs: before.runs + runs, version: version + 1 }
    this.#schedules.set(id, { ...before, state, reason, nextAt, pausedFrom, ...counted })
    this.#skip(id, skips)
    return true
  }

  #skip(id: string, skips: Firing['skips']): void {
    const own = this.#skips.get(id) ?? new Map<number, SkipRecord>()
    for (const skip of skips) if (!own.has(skip.slot)) own.set(skip.slot, { ...skip, at: this.#now() })
    this.#skips.set(id, own)
  }

  /** Slots whose jobs were not stored, because earlier ones count. */
  duplicates(id: string, slots: readonly number[]): void {
    this.#skip(
      id,
      slots.map((slot) => ({ slot, from: slot, count: 1, reason: 'duplicate', message: null })),
    )
  }

  skips(id: string, before: number | null, limit: number): SkipRecord[] {
    return [...(this.#skips.get(id)?.values() ?? [])]
      .filter(({ slot }) => before === null || slot < before)
      .sort((a, b) => b.slot - a.slot)
      .slice(0, limit)
  }

  newest({ reasons, since, limit }: NewestSkipsQuery): NewestSkips {
    const found = [...this.#skips]
      .flatMap(([schedule, own]) => [...own.values()].map((skip) => ({ schedule, ...skip })))
      .filter(({ at }) => at >= since)
      .sort((a, b) => b.at - a.at || (a.schedule < b.schedule ? 1 : a.schedule > b.schedule ? -1 : b.slot - a.slot))
    const own = found.slice(0, lookedAt).filter(({ reason }) => reasons.includes(reason))
    return { skips: own.slice(0, limit), more: own.length > limit || found.length > lookedAt }
  }

  /** Tells whether there is more. */
  purge(limit: number): boolean {
    const old = [...this.#skips.values()].flatMap((own) =>
      [...own.values()]
        .filter(({ at }) => at < this.#now() - keepSkips)
        .map(
          ({ slot }) =>
            () =>
              own.delete(slot),
        ),
    )
    for (const remove of old.slice(0, limit)) remove()
    return old.length >= limit
  }
}
