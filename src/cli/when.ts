/** What people type for when something runs. */
import type { CronDialect, When } from '../index.ts'
import { parseDuration } from '../job/duration.ts'
import { isRotaError } from '../job/errors.ts'

/**
 * Cron, natural language, or an interval such as `5m`, whichever it is. A dialect says that it is cron.
 *
 * The library knows intervals by their key only, but who types one here means nothing else.
 */
export function whenFlag(text: string, dialect?: string): When {
  if (dialect !== undefined) return { cron: text, dialect: dialect as CronDialect }
  return isInterval(text) ? { every: text.trim() } : text
}

function isInterval(text: string): boolean {
  try {
    parseDuration(text, 'when')
    return true
  } catch (error) {
    if (!isRotaError(error)) throw error
    return false
  }
}
