import { home } from './client.ts'
import { keptStore } from './store.ts'

type Stage = 'unknown' | 'open' | 'over'

const isStage = (value: unknown): value is Stage => value === 'unknown' || value === 'open' || value === 'over'

/** Whether the first steps are shown in place of charts; unknown until it was looked whether anything was ever stored. */
export const firstSteps = keptStore<Stage>(`first-steps ${home.pathname}`, 'unknown', isStage)
