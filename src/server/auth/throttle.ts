/** How often somebody may try to sign in, by account and by address. Counted in this process. */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { RotaError } from '../../job/errors.ts'

const quarter = 15 * 60

/** Seconds to wait, told with the error. */
export class TooMany extends RotaError {
  readonly retryAfter: number

  constructor(seconds: number) {
    super('too_many_requests', `Too many tries. Try again in ${seconds} seconds.`)
    this.retryAfter = seconds
  }
}

export function createThrottle() {
  // Somebody who knows an address must not be able to lock its owner out, so the pair is counted most strictly.
  const pair = new RateLimiterMemory({ points: 5, duration: quarter })
  const account = new RateLimiterMemory({ points: 50, duration: quarter })
  const address = new RateLimiterMemory({ points: 50, duration: quarter })

  const counters = (email: string, from: string | null) => {
    const who = email.toLowerCase()
    const where = from ?? 'unknown'
    return [
      { limiter: pair, key: `${who}\n${where}` },
      { limiter: account, key: who },
      { limiter: address, key: where },
    ]
  }

  return {
    /**
     * Counts a try before it is made, so that many at once count, too.
     *
     * @throws TooMany
     */
    async count(email: string, from: string | null): Promise<void> {
      for (const { limiter, key } of counters(email, from)) {
        try {
          await limiter.consume(key)
        } catch (refused) {
          throw new TooMany(Math.max(1, Math.ceil((refused as RateLimiterRes).msBeforeNext / 1_000)))
        }
      }
    },

    /** It was the right password: what was counted for it is given back. */
    async forgive(email: string, from: string | null): Promise<void> {
      for (const { limiter, key } of counters(email, from)) await limiter.reward(key, 1)
    },
  }
}

export type Throttle = ReturnType<typeof createThrottle>
