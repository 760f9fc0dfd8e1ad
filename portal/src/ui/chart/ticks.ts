/** What stands beside the axes. */
import type uPlot from 'uplot'

const day = 86_400

/** Hours and minutes in a zone; the day where one begins. */
export function timeLabels(zone: string, language: string): uPlot.Axis.DynamicValues {
  const time = new Intl.DateTimeFormat(language, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const date = new Intl.DateTimeFormat(language, { timeZone: zone, day: 'numeric', month: 'short' })
  return (_, splits, __, ___, increment) =>
    splits.map((seconds) => {
      const at = new Date(seconds * 1_000)
      const clock = time.format(at)
      return increment >= day || clock === '00:00' ? date.format(at) : clock
    })
}

/** 1 ms, 10 ms … 1 s, 10 s, 1 min, 10 min, 1 h, 10 h, 4 days, 40 days. */
const durations = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 345_600_000, 3_456_000_000]

export const durationTicks = (min: number, max: number): number[] => durations.filter((one) => one >= min && one <= max)

/** From the tick below to the one above. */
export function spanOfDurations(min: number | null, max: number | null): [number, number] {
  const from = durations.findLast((one) => one <= (min ?? 1)) ?? 1
  const to = durations.find((one) => one > (max ?? 100)) ?? (max as number)
  return [from, to === from ? from * 10 : to]
}

/** 1, 2, 5, 10, 20 … */
export const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()
