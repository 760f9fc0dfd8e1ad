const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length of time for people, in at most two units: `3 d 4 h`, `12 s`, `250 ms`. */
export function span(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  const first = units.findIndex(([, length]) => whole >= length)
  if (first < 0) return `${whole} ms`
  let left = whole
  const parts = units.slice(first, first + 2).map(([name, length]) => {
    const n = Math.floor(left / length)
    left -= n * length
    return n > 0 ? `${n} ${name}` : ''
  })
  return parts.filter(Boolean).join(' ')
}

/** UTC, to the second. */
export const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
