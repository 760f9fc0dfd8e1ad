import type { Output } from '../../data/read.ts'

export type Lane = Output<'lanes.list'>['lanes'][number]

/** How it is with a lane: whether what waits in it will be started. */
export type Service = 'served' | 'paused' | 'unserved' | 'idle'

export const serviceOf = ({ paused, workers, waiting, scheduled }: Lane): Service => {
  if (paused !== null) return 'paused'
  if (workers > 0) return 'served'
  return waiting + scheduled > 0 ? 'unserved' : 'idle'
}
