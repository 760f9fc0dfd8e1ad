import { bullmq } from './bullmq.ts'
import { byHand } from './by-hand.ts'
import { graphileWorker } from './graphile-worker.ts'
import { pgBoss } from './pg-boss.ts'
import { rota, rotaOnSqlite, rotaWithoutHistory } from './rota.ts'
import type { Side } from './side.ts'

export { bullmq, byHand, graphileWorker, pgBoss, rota, rotaOnSqlite, rotaWithoutHistory }

export const allSides: readonly Side[] = [rota, rotaWithoutHistory, rotaOnSqlite, graphileWorker, pgBoss, bullmq]
