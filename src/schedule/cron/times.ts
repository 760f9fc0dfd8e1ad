/** Times of a day from three sets, without a list of all of them: there may be 86 400. */
import type { Times } from '../wall.ts'

/** Every second of every minute of every hour that is named. Each list in order, without doubles, not empty. */
export function timesOfFields(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]): Times {
  const perHour = minutes.length * seconds.length
  const count = hours.length * perHour
  const [hoursBefore, minutesBefore, secondsBefore] = [ranks(hours, 25), ranks(minutes, 60), ranks(seconds, 60)]
  const [hasHour, hasMinute] = [new Set(hours), new Set(minutes)]

  const countBefore = (second: number) => {
    const hour = Math.floor(second / 3_600)
    const minute = Math.floor(second / 60) % 60
    const whole = (hoursBefore[hour] as number) * perHour
    if (!hasHour.has(hour)) return whole
    const inHour = (minutesBefore[minute] as number) * seconds.length
    return whole + inHour + (hasMinute.has(minute) ? (secondsBefore[second % 60] as number) : 0)
  }
  const at = (index: number): number | null => {
    if (index < 0 || index >= count) return null
    const hour = hours[Math.floor(index / perHour)] as number
    const minute = minutes[Math.floor(index / seconds.length) % minutes.length] as number
    return hour * 3_600 + minute * 60 + (seconds[index % seconds.length] as number)
  }
  return {
    count,
    countBefore,
    next: (second) => at(countBefore(second)),
    previous: (second) => at(countBefore(second + 1) - 1),
  }
}

/** For each number how many of `values` are below it. */
function ranks(values: readonly number[], size: number): number[] {
  const has = new Set(values)
  const below: number[] = []
  for (let value = 0, count = 0; value < size; value++) {
    below.push(count)
    if (has.has(value)) count += 1
  }
  return below
}
