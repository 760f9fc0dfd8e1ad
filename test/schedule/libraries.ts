/** The two libraries that people use in Node, asked in one way. */
import { CronExpressionParser } from 'cron-parser'
import { Cron as Croner } from 'croner'

/** Instants in milliseconds, fewer where there are no more; or why the expression was refused. */
export type Answer = readonly number[] | { readonly refused: string }

export interface Library {
  readonly name: 'croner' | 'cron-parser'
  next(expression: string, zone: string, from: number, count: number): Answer
}

export const isRefused = (answer: Answer): answer is { readonly refused: string } => 'refused' in answer

const refused = (error: unknown) => ({ refused: error instanceof Error ? error.message : String(error) })

export const croner: Library = {
  name: 'croner',
  next(expression, zone, from, count) {
    try {
      // Without `Intl` it is many times faster, and the same.
      const where = zone === 'UTC' ? { utcOffset: 0 } : { timezone: zone }
      const cron = new Croner(expression, { ...where, paused: true })
      return cron.nextRuns(count, new Date(from)).map((date) => date.getTime())
    } catch (error) {
      return refused(error)
    }
  },
}

export const cronParser: Library = {
  name: 'cron-parser',
  next(expression, zone, from, count) {
    try {
      const cron = CronExpressionParser.parse(expression, { tz: zone, currentDate: new Date(from) })
      return cron.take(count).map((date) => date.getTime())
    } catch (error) {
      return refused(error)
    }
  },
}
