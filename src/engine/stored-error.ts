import { show } from '../job/errors.ts'
import type { StoredError } from '../job/states.ts'

const longestMessage = 2_000
const longestStack = 8_000

/** An error as it is kept with the job: cleaned of what a database cannot hold, and cut to a readable length. */
export function storedError(error: unknown): StoredError {
  if (!(error instanceof Error))
    return { name: 'Error', message: clean(`A handler threw ${show(error)}.`, longestMessage) }
  const code = (error as { code?: unknown }).code
  return {
    name: clean(error.name, 200),
    message: clean(error.message, longestMessage),
    ...(typeof code === 'string' && { code: clean(code, 200) }),
    ...(typeof error.stack === 'string' && { stack: clean(error.stack, longestStack) }),
  }
}

function clean(text: unknown, longest: number): string {
  const whole = String(text).replaceAll('\0', '').toWellFormed()
  return whole.length > longest ? `${whole.slice(0, longest - 1).toWellFormed()}…` : whole
}
