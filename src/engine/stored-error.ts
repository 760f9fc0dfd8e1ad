import { show } from '../job/errors.ts'
import type { StoredError } from '../job/states.ts'
import { cleanText } from '../job/text.ts'

const longestMessage = 2_000
const longestStack = 8_000

/**
 * An error as it is kept with the job: cleaned of what a database cannot hold, and cut to a readable length.
 * Never throws, whatever a handler threw: proxies and getters may do anything.
 */
export function storedError(error: unknown): StoredError {
  try {
    if (!(error instanceof Error))
      return { name: 'Error', message: cleanText(`A handler threw ${show(error)}.`, longestMessage) }
    const code = (error as { code?: unknown }).code
    return {
      name: cleanText(error.name, 200),
      message: cleanText(error.message, longestMessage),
      ...(typeof code === 'string' && { code: cleanText(code, 200) }),
      ...(typeof error.stack === 'string' && { stack: cleanText(error.stack, longestStack) }),
    }
  } catch {
    return { name: 'Error', message: 'A handler threw something that cannot be read.' }
  }
}
