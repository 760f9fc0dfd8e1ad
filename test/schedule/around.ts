/** Expressions that a change of the clock is dangerous for. */
import type { Transition } from './transitions.ts'

/** Of whole minutes. The times are around the first and the last that the change leaves out or shows twice. */
export function expressionsAround({ at, before, after }: Transition): string[] {
  const [low, high] = [at + Math.min(before, after), at + Math.max(before, after)]
  const time = (wall: number) => {
    const date = new Date(wall * 1_000)
    return {
      minute: date.getUTCMinutes(),
      hour: date.getUTCHours(),
      day: date.getUTCDate(),
      month: date.getUTCMonth() + 1,
    }
  }
  const daily = [low - 60, low, (low + high) / 2, high - 60, high].map((wall) => {
    const { minute, hour } = time(Math.floor(wall / 60) * 60)
    return `${minute} ${hour} * * *`
  })
  const [first, inside, last] = [time(low - 3_600), time(low + 600), time(high + 3_600)]
  return [
    ...daily,
    `${inside.minute} ${inside.hour} ${inside.day} ${inside.month} *`,
    `*/20 ${first.hour}-${last.hour} * * *`,
    `5,35 ${inside.hour} * * *`,
    `${inside.minute} * * * *`,
    '*/15 * * * *',
    '10 */2 * * *',
    `0 ${first.hour}-${last.hour}/2 ${inside.day} * *`,
  ]
}
