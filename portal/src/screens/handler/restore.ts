import type { Handler } from '../handlers/kind.ts'
import type { Put } from './editor/put.ts'
import type { Definition } from './spec.ts'

/**
 * Puts what an earlier version said. Versions hold no secrets: nothing is said of them, so that those stay which are stored now. Who owns it and
 * whether it is enabled stays, too.
 */
export function restoreOf({ id, owner }: Handler, { description, options, input, spec }: Definition): Put {
  const { secretHeaders: _, signingKeys: __, ...http } = spec
  return {
    ...options,
    id,
    http,
    ...(description !== null && { description }),
    ...(owner !== null && { owner }),
    ...(input !== null && { input }),
  } as unknown as Put
}
