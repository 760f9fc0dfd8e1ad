import { setTimeout } from 'node:timers/promises'
import type { JobContext } from '../../../index.ts'

/** What all jobs of the shop say: by the metadata its data are told from yours, and nothing of it is kept for long. */
export const ofDemo = {
  metadata: { demo: true },
  retention: { succeeded: '1h', failed: '6h' },
} as const

export const checkWebsiteId = 'shop.check-website'
/** Tells its stored definition from one of the same id that somebody else has put. */
export const ownerOfDemo = 'rota dev'

/** Stands for the time that the outside world takes: a bank, a courier, a person who packs. */
export const wait = (ms: number, { signal }: Pick<JobContext, 'signal'>): Promise<void> =>
  setTimeout(ms, undefined, { signal })
