/** A server as the place where commands work. */
import { type Client, createClient } from '../../client/index.ts'
import { enqueueBody, iso } from '../../client/request.ts'
import { workerNotFound } from '../../engine/view.ts'
import type { Enqueued, FlowDetails, FlowView, LaneView, WorkerView } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import { isJobId } from '../../job/id.ts'
import type { Desk, Place } from '../desk.ts'
import { idsOf } from './handlers.ts'
import { findJob, jobView, remoteJobs, resultOf } from './jobs.ts'
import { remoteSchedules } from './schedules.ts'
import { once, orNull, revived } from './wire.ts'

/** The token comes from the environment and nowhere else: arguments are seen by everybody on the machine. */
export function remoteClient(url: string, cluster: string | undefined): Client {
  return createClient({ url, token: process.env.ROTA_TOKEN, ...defined({ cluster }) })
}

/** @throws RotaError `option_invalid` where the address is none */
export function remoteDesk(url: string, cluster: string | undefined): { readonly desk: Desk; readonly place: Place } {
  const client = remoteClient(url, cluster)
  return { desk: deskOf(client), place: placeOf(client, url, cluster) }
}

function placeOf(client: Client, url: string, cluster: string | undefined): Place {
  return {
    description: cluster === undefined ? url : `${cluster} (${url})`,
    otherCluster: cluster ?? null,
    definitions: () => idsOf(client.handlers),
    enqueue: async (job, input, options) =>
      (await client.jobs.create({ job, input, ...enqueueBody(options) })) as Enqueued,
  }
}

function deskOf(client: Client): Desk {
  const { flows, lanes, workers } = client
  return {
    jobs: remoteJobs(client),
    schedules: remoteSchedules(client),
    flows: {
      get: async (id) => {
        const found = await orNull(flows.get({ id }), 'flow_not_found')
        return found && ({ ...revived(found, ['enqueuedAt']), jobs: found.jobs.map(jobView) } as FlowDetails)
      },
      list: async ({ name, limit, cursor } = {}) => {
        const found = await flows.list(defined({ name, limit, cursor }))
        return { flows: found.flows.map((flow) => revived(flow, ['enqueuedAt']) as FlowView), next: found.next }
      },
      cancel: async (id, { reason } = {}) => await flows.cancel(defined({ id, reason }), once()),
      retry: async (id) => await flows.retry({ id }, once()),
    },
    lanes: {
      list: async () => {
        const { lanes: found } = await lanes.list()
        return found.map(
          (lane): LaneView => ({
            ...revived(lane, ['oldestDueAt']),
            paused: lane.paused && revived(lane.paused, ['since']),
          }),
        )
      },
      pause: async (id, { reason } = {}) => await lanes.pause(defined({ id, reason }), once()),
      resume: async (id) => await lanes.resume({ id }, once()),
    },
    workers: async () =>
      (await workers.list()).workers.map((one): WorkerView => revived(one, ['startedAt', 'seenAt', 'leaseUntil'])),
    drainWorker: async (id, on = true) => {
      if (!isJobId(id)) throw workerNotFound(id)
      return await (on ? workers.drain({ id }) : workers.resume({ id }))
    },
    stats: async ({ from, to, ...rest } = {}) => {
      const span = { from: from && iso(from, 'from'), to: to && iso(to, 'to') }
      const found = await client.stats.get({ ...rest, ...defined(span) })
      return { ...found, points: found.points.map((point) => revived(point, ['at'])) }
    },
    job: (id) => findJob(client, id),
    result: (id, options) => resultOf(client, id, options),
  }
}
