/**
 * Storing what the form says, after a look at what somebody else may have stored meanwhile.
 * The look and the storing are two calls: what is stored between them is overwritten.
 */
import { isRotaError } from 'rota/client'
import { cache } from '../../data/client.ts'
import { type Input, type Output, perform, reading } from '../../data/read.ts'
import type { Schedule } from './model.ts'

export type Saved = Output<'schedules.put'>

/** What stands in the way: a schedule of this id (`taken`), or one that was changed since the form was opened (`changed`). */
export type Obstacle = 'taken' | 'changed'

/** As it stands now, or null. */
async function present(id: string): Promise<Schedule | null> {
  try {
    return await cache.fetchQuery({ ...reading('schedules.get', { id }), staleTime: 0 })
  } catch (error) {
    if (isRotaError(error, 'schedule_not_found')) return null
    throw error
  }
}

/** @param base what the form began with; null for a new one */
export async function obstacleFor(id: string, base: Schedule | null): Promise<Obstacle | null> {
  const now = await present(id)
  if (base === null) return now === null ? null : 'taken'
  return now !== null && now.updatedAt !== base.updatedAt ? 'changed' : null
}

export const save = (input: Input<'schedules.put'>): Promise<Saved> => perform('schedules.put', input)
