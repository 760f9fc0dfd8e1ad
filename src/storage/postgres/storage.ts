import type { Storage } from '../contract.ts'
export function postgres(_o: { url: string }): Storage {
  throw new Error('not yet')
}
