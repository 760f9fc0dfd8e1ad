/**
 * The table of operations: every call of the API once, with its method, path, schemas, permission and text. The server, the OpenAPI document,
 * the typed client, the remote command line and the authorisation tests are made from it.
 */
import { type AnyContractRouter, isContractProcedure } from '@orpc/contract'
import { demoOperations } from './demo.ts'
import { handlerOperations, reportOperations } from './handlers.ts'
import { flowOperations, jobOperations } from './jobs.ts'
import type { OperationMeta } from './operation.ts'
import { auditOperations, authOperations, keyOperations, oidcOperations, userOperations } from './people.ts'
import { scheduleOperations } from './schedules.ts'
import {
  clusterOperations,
  eventOperations,
  laneOperations,
  statOperations,
  statusOperations,
  systemOperations,
} from './system.ts'
import { timetableOperations } from './timetable.ts'
import { workerOperations } from './workers.ts'

export const api = {
  jobs: jobOperations,
  flows: flowOperations,
  schedules: { ...scheduleOperations, ...timetableOperations },
  lanes: laneOperations,
  handlers: handlerOperations,
  reports: reportOperations,
  workers: workerOperations,
  stats: statOperations,
  events: eventOperations,
  auth: { ...authOperations, status: statusOperations.get, oidc: oidcOperations },
  users: userOperations,
  keys: keyOperations,
  audit: auditOperations,
  clusters: clusterOperations,
  system: systemOperations,
  demo: demoOperations,
}

/** An operation, without its schemas. */
export interface Operation {
  /** As in the typed client and in the audit log: `jobs.cancel`. */
  readonly id: string
  readonly method: string
  /** Below `/api`. */
  readonly path: string
  readonly summary: string
  readonly meta: OperationMeta
}

/** All of them, in the order of the table. */
export function operations(table: AnyContractRouter = api): readonly Operation[] {
  return walk(table, [])
}

function walk(router: AnyContractRouter, path: readonly string[]): Operation[] {
  if (isContractProcedure(router)) {
    const { route, meta } = router['~orpc']
    return [
      {
        id: path.join('.'),
        method: route.method ?? 'POST',
        path: route.path ?? '',
        summary: route.summary ?? '',
        meta: meta as OperationMeta,
      },
    ]
  }
  return Object.entries(router).flatMap(([name, inner]) => walk(inner as AnyContractRouter, [...path, name]))
}

/** Those of the table: `jobs.cancel` → the operation. */
export const operationById: ReadonlyMap<string, Operation> = new Map(operations().map((one) => [one.id, one]))
