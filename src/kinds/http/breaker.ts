/**
 * Leaves an origin alone that does not work, for all jobs of this process with the same limits.
 *
 * closed → (so many failures in a row) open, for a pause → half open: one request is let through to see → closed, or open again for
 * twice as long. What was under way when it opened says nothing any more.
 */

export interface BreakerLimits {
  /** Failures in a row. */
  readonly failures: number
  /** Milliseconds that it stays open the first time. */
  readonly pause: number
}

/** Leave to send one request. Exactly one of these is to be called, when it is over; further calls do nothing. */
export interface Pass {
  succeed(): void
  fail(): void
  /** It ended without saying anything about the origin. */
  release(): void
}

/** `delay`: milliseconds until it is worth to ask again. */
export type Admission = { readonly pass: Pass } | { readonly pass: null; readonly delay: number }

export interface Breaker {
  /** @param name the same for all that share an origin and its limits */
  admit(name: string, limits: BreakerLimits): Admission
}

interface Origin {
  failures: number
  /** How often it opened since it last worked. */
  opened: number
  /** When the pause ends, while it is open or half open. */
  until: number | null
  /** When the request went out that sees whether it works; null while there is none. */
  probedAt: number | null
}

const longestPause = 15 * 60_000
const leastDelay = 1_000

/**
 * @param now milliseconds on a clock that never goes back
 * @param most origins that are remembered; the one that was asked for longest ago is forgotten first
 */
export function createBreaker(now: () => number, most = 10_000): Breaker {
  /** Only those that failed of late, in the order in which they were asked for. */
  const origins = new Map<string, Origin>()

  const remember = (name: string, origin: Origin) => {
    origins.delete(name)
    origins.set(name, origin)
    for (const oldest of origins.keys()) {
      if (origins.size <= most) break
      origins.delete(oldest)
    }
  }
  const open = (origin: Origin, { pause }: BreakerLimits) => {
    origin.until = now() + Math.min(longestPause, pause * 2 ** Math.min(origin.opened, 20))
    origin.opened++
    origin.probedAt = null
  }

  /** Of a request while it is closed: counts only if it is still closed. */
  const ordinary = (name: string, limits: BreakerLimits): Pass => ({
    succeed() {
      if (origins.get(name)?.until === null) origins.delete(name)
    },
    fail() {
      const origin = origins.get(name) ?? { failures: 0, opened: 0, until: null, probedAt: null }
      if (origin.until !== null) return
      origin.failures++
      remember(name, origin)
      if (origin.failures >= limits.failures) open(origin, limits)
    },
    release() {},
  })

  const probe = (name: string, origin: Origin, limits: BreakerLimits): Pass => ({
    succeed() {
      if (origins.get(name) === origin) origins.delete(name)
    },
    fail: () => open(origin, limits),
    release() {
      origin.probedAt = null
    },
  })

  return {
    admit(name, limits) {
      const origin = origins.get(name)
      if (origin === undefined) return { pass: onceOnly(ordinary(name, limits)) }
      remember(name, origin)
      if (origin.until === null) return { pass: onceOnly(ordinary(name, limits)) }
      const rest = origin.until - now()
      if (rest > 0) return { pass: null, delay: Math.ceil(rest) }
      if (origin.probedAt !== null) return { pass: null, delay: untilProbed(now() - origin.probedAt, limits) }
      origin.probedAt = now()
      return { pass: onceOnly(probe(name, origin, limits)) }
    },
  }
}

/** Twice as long each time: a request may take minutes, and whoever waits for it leaves a record each time that it asks. */
const untilProbed = (out: number, { pause }: BreakerLimits): number =>
  Math.max(leastDelay, Math.min(pause, Math.ceil(out)))

function onceOnly(pass: Pass): Pass {
  let over = false
  const first = (end: () => void) => () => {
    if (!over) end()
    over = true
  }
  return { succeed: first(pass.succeed), fail: first(pass.fail), release: first(pass.release) }
}
