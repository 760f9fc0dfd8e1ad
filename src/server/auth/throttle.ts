/** How often somebody may try to sign in, by account and by address. Counted in this process. */
import { isIPv6 } from 'node:net'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { tooMany } from '../too-many.ts'

const quarter = 15 * 60
/** Pairs of an account and an address that have signed in. */
const mostTrusted = 10_000

export function createThrottle() {
  const pair = new RateLimiterMemory({ points: 5, duration: quarter })
  const account = new RateLimiterMemory({ points: 50, duration: quarter })
  const address = new RateLimiterMemory({ points: 50, duration: quarter })
  // Guessing at an account must not lock its owner out: from where somebody has signed in, only the pair counts.
  const trusted = new Set<string>()

  const counters = (email: string, from: string | null) => {
    const who = email.toLowerCase()
    const where = networkOf(from ?? 'unknown')
    const both = `${who}\n${where}`
    const own = { limiter: pair, key: both }
    if (trusted.has(both)) return [own]
    return [own, { limiter: account, key: who }, { limiter: address, key: where }]
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
      const counted = counters(email, from)
      for (const { limiter, key } of counted) await limiter.reward(key, 1)
      if (trusted.size >= mostTrusted) trusted.clear()
      trusted.add(counted[0]?.key ?? '')
    },
  }
}

/** Whoever has an address of IPv6 has 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const rest = address.includes('::') ? tail.split(':').filter(Boolean) : []
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0')
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':')
}

export type Throttle = ReturnType<typeof createThrottle>
