/** Keys of calls that store something: a press that is repeated because the answer was lost does not store a second one. */
import { useState } from 'react'
import { randomId } from './random-id.ts'

export interface OnceKeys {
  /** The same one as long as the same is asked for; another one where the input is another. */
  readonly keyFor: (input: unknown) => string
  /** It is stored: to ask for the same once more means another one. */
  readonly done: () => void
}

export function onceKeys(): OnceKeys {
  let last: { readonly asked: string; readonly key: string } | null = null
  return {
    keyFor(input) {
      const asked = JSON.stringify(input)
      if (last?.asked !== asked) last = { asked, key: `portal-${randomId()}` }
      return last.key
    },
    done() {
      last = null
    },
  }
}

export const useOnceKeys = (): OnceKeys => useState(onceKeys)[0]
