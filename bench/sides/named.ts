/** One side alone: a process that stores or works for it holds nothing in memory that only the others need. */
import type { Side } from './side.ts'

const loads: Readonly<Record<string, () => Promise<Side>>> = {
  rota: async () => (await import('./rota.ts')).rota,
  'rota, nothing kept': async () => (await import('./rota.ts')).rotaWithoutHistory,
  'rota on SQLite': async () => (await import('./rota.ts')).rotaOnSqlite,
  'graphile-worker': async () => (await import('./graphile-worker.ts')).graphileWorker,
  'pg-boss': async () => (await import('./pg-boss.ts')).pgBoss,
  floor: async () => (await import('./by-hand.ts')).byHand,
  BullMQ: async () => (await import('./bullmq.ts')).bullmq,
}

export function sideNamed(name: string): Promise<Side> {
  const load = loads[name]
  if (load === undefined) throw new Error(`There is no side "${name}": ${Object.keys(loads).join(', ')}`)
  return load()
}
