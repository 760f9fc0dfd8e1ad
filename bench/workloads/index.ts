import type { Workload } from '../bench.ts'
import { w1 } from './w01-enqueue.ts'
import { w2 } from './w02-drain.ts'
import { w3 } from './w03-latency.ts'
import { w4 } from './w04-steady.ts'
import { w5 } from './w05-backlog.ts'
import { w6 } from './w06-idle.ts'
import { w7 } from './w07-snapshot.ts'
import { w8 } from './w08-mixed.ts'
import { w9 } from './w09-far.ts'
import { w10 } from './w10-slots.ts'
import { w11 } from './w11-day.ts'

export const workloads: readonly Workload[] = [w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11]
