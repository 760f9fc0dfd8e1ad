/** How often somebody may try to sign in, by account and by address. Counted in this process. */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { tooMany } from '../too-many.ts'

const quarter = 15 * 60

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
     * @throws RotaError `too_many_requests`
     */
    async count(email: string, from: string | null): Promise<void> {
      for (const { limiter, key } of counters(email, from)) {
        try {
          await limiter.consume(key)
        } catch (refused) {
          const seconds = Math.max(1, Math.ceil((refused as RateLimiterRes).msBeforeNext / 1_000))
          throw tooMany(`Too many tries. Try again in ${seconds} seconds.`, seconds)
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
