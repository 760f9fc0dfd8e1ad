/** What needs somebody, made from what the server says. Pure: the same answers give the same list. */

/** Of `lanes.list`. */
export interface Lane {
  readonly name: string
  readonly paused: { readonly reason: string; readonly since: string } | null
  readonly waiting: number
  readonly workers: number
  readonly concurrency: number
  readonly oldestDueAt: string | null
}

/** Of `schedules.missed`. */
export interface Missed {
  readonly schedule: string
  readonly slot: string
  readonly count: number
  readonly reason: 'missed' | 'no_worker' | 'refused'
}

/** Of `stats.failures`. */
export interface Failing {
  readonly fingerprint: string
  readonly job: string
  readonly error: { readonly name: string; readonly message: string }
  readonly count: number
  readonly lastAt: string
}

/** Milliseconds that a job may wait in a lane that is served before it is worth a line. */
const longWait = 5 * 60_000
const shownGroups = 3

export interface Need {
  readonly id: string
  readonly tone: 'bad' | 'warn'
  /** Of `overview.json`, below `need`. */
  readonly text: string
  readonly values: Readonly<Record<string, unknown>>
  /** Since when. */
  readonly since: string | null
  /** What helps. */
  readonly go:
    | { readonly kind: 'lanes' | 'workers' | 'schedules' | 'failures' }
    | { readonly kind: 'resume'; readonly lane: string; readonly reason: string }
    | { readonly kind: 'jobs' | 'failure'; readonly search: Readonly<Record<string, string>> }
    | { readonly kind: 'schedule'; readonly id: string }
}

/** What the server says. */
export interface Told {
  readonly lanes: readonly Lane[]
  /** How many there are. */
  readonly workers: number
  /** Schedules in the order of their next run, and how many of them are late. */
  readonly upcoming: {
    readonly overdue: number
    readonly schedules: readonly { readonly id: string; readonly nextAt: string | null }[]
  }
  /** Newest first. */
  readonly missed: readonly Missed[]
  /** The most frequent first; none as long as they have not come. */
  readonly failures: readonly Failing[]
  readonly now: number
}

/** The worst first. */
export function needsOf(told: Told): Need[] {
  const all = [
    ...ofWorkers(told),
    ...ofFailures(told),
    ...ofOverdue(told),
    ...ofPaused(told),
    ...ofOldest(told),
    ...ofMissed(told),
  ]
  return [...all.filter(({ tone }) => tone === 'bad'), ...all.filter(({ tone }) => tone === 'warn')]
}

const isServed = ({ workers, concurrency }: Lane): boolean => workers > 0 && concurrency > 0
const filterOf = ({ name }: Lane): string => `state:ready lane:${name}`
const earliest = (times: readonly (string | null)[]): string | null =>
  times.filter((at) => at !== null).sort()[0] ?? null

/** Without any worker all lanes have the same trouble, so it is told once. */
function ofWorkers({ lanes, workers }: Told): Need[] {
  const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0)
  const oldest = earliest(lanes.map(({ oldestDueAt }) => oldestDueAt))
  if (workers === 0)
    return [
      {
        id: 'no-worker',
        tone: waiting > 0 ? 'bad' : 'warn',
        text: waiting > 0 ? 'noWorkerWaiting' : 'noWorker',
        values: { count: waiting },
        since: oldest,
        go: { kind: 'workers' },
      },
    ]
  return lanes
    .filter((lane) => lane.waiting > 0 && !isServed(lane) && lane.paused === null)
    .map((lane) => ({
      id: `unserved ${lane.name}`,
      tone: 'bad',
      text: lane.workers > 0 ? 'noSlots' : 'unserved',
      values: { count: lane.waiting, lane: lane.name },
      since: lane.oldestDueAt,
      go: { kind: 'lanes' },
    }))
}

const ofPaused = ({ lanes }: Told): Need[] =>
  lanes.flatMap(({ name, paused, waiting }) =>
    paused === null || waiting === 0
      ? []
      : [
          {
            id: `paused ${name}`,
            tone: 'warn',
            text: 'paused',
            values: { count: waiting, lane: name, reason: paused.reason },
            since: paused.since,
            go: { kind: 'resume', lane: name, reason: paused.reason },
          },
        ],
  )

/** The one that waits longest, where nothing above says why. */
function ofOldest({ lanes, workers, now }: Told): Need[] {
  if (workers === 0) return []
  const [lane] = lanes
    .filter((one) => isServed(one) && one.paused === null && one.oldestDueAt !== null)
    .sort((a, b) => ((a.oldestDueAt as string) < (b.oldestDueAt as string) ? -1 : 1))
  if (lane === undefined || now - Date.parse(lane.oldestDueAt as string) < longWait) return []
  return [
    {
      id: 'oldest',
      tone: 'warn',
      text: 'oldest',
      values: { lane: lane.name, count: lane.waiting },
      since: lane.oldestDueAt,
      go: { kind: 'jobs', search: { filter: filterOf(lane) } },
    },
  ]
}

function ofFailures({ failures }: Told): Need[] {
  return failures.slice(0, shownGroups).map(({ fingerprint, job, error, count, lastAt }) => ({
    id: `failing ${fingerprint}`,
    tone: 'bad',
    text: 'failing',
    values: { count, job, message: error.message === '' ? error.name : error.message.slice(0, 160) },
    since: lastAt,
    go: { kind: 'failure', search: { open: fingerprint } },
  }))
}

function ofOverdue({ upcoming: { overdue, schedules } }: Told): Need[] {
  const first = schedules[0]
  if (overdue === 0 || first === undefined) return []
  return [
    {
      id: 'overdue',
      tone: 'bad',
      text: 'overdue',
      values: { count: overdue, schedule: first.id },
      since: first.nextAt,
      go: overdue === 1 ? { kind: 'schedule', id: first.id } : { kind: 'schedules' },
    },
  ]
}

/** By schedule; beyond a few of them only how many more there are. */
function ofMissed({ missed }: Told): Need[] {
  const groups = [...Map.groupBy(missed, ({ schedule }) => schedule)]
  const needs = groups.slice(0, shownGroups).map(([schedule, slots]): Need => {
    const newest = slots[0] as (typeof slots)[number]
    return {
      id: `missed ${schedule}`,
      tone: 'warn',
      text: `missed.${newest.reason}`,
      values: { schedule, count: slots.reduce((sum, { count }) => sum + count, 0) },
      since: newest.slot,
      go: { kind: 'schedule', id: schedule },
    }
  })
  if (groups.length <= shownGroups) return needs
  const more: Need = {
    id: 'missed more',
    tone: 'warn',
    text: 'missedMore',
    values: { count: groups.length - shownGroups },
    since: null,
    go: { kind: 'schedules' },
  }
  return [...needs, more]
}
