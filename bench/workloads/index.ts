import type { Workload } from '../bench.ts'
import { w1 } from './w01-enqueue.ts'
import { w2 } from './w02-drain.ts'
import { w3 } from './w03-latency.ts'
import { w4 } from './w04-steady.ts'

export const workloads: readonly Workload[] = [w1, w2, w3, w4]
