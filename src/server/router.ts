/** The table of operations, implemented. */
import type { Rota } from '../index.ts'
import type { Events } from './events.ts'
import { demoRouter } from './operations/demo.ts'
import { handlerRouter, reportRouter } from './operations/handlers.ts'
import { implementer } from './operations/implementer.ts'
import { flowRouter, jobRouter } from './operations/jobs.ts'
import { type PeopleParts, peopleRouter } from './operations/people.ts'
import { scheduleRouter } from './operations/schedules.ts'
import { clusterRouter, laneRouter, statRouter, systemRouter, workerDeskRouter } from './operations/system.ts'
import { workerProtocolRouter } from './operations/worker-protocol.ts'
import type { DemoDesk } from './options.ts'

export interface RouterParts extends PeopleParts {
  readonly rota: Rota
  readonly events: Events
  /** Fires when the server closes: streams end. */
  readonly closing: AbortSignal
  readonly secret: string
  /** It outlives this process. */
  readonly keepsSecret: boolean
  /** Null where there is none. */
  readonly demo: DemoDesk | null
}

export function createRouter({ rota, events, closing, secret, keepsSecret, demo, ...parts }: RouterParts) {
  const { auth, users, keys, audit } = peopleRouter(parts)
  return implementer.router({
    jobs: jobRouter,
    flows: flowRouter,
    schedules: scheduleRouter,
    lanes: laneRouter,
    handlers: handlerRouter,
    reports: reportRouter(rota),
    workers: { ...workerDeskRouter, ...workerProtocolRouter({ secret, closing }) },
    stats: statRouter,
    events: {
      stream: implementer.events.stream.handler(({ input: { logs }, context }) =>
        events.stream(context, logs, closing),
      ),
    },
    auth,
    users,
    keys,
    audit,
    clusters: clusterRouter(rota),
    system: systemRouter(keepsSecret),
    demo: demoRouter(demo),
  })
}
