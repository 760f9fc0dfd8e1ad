/** A server as the place where commands work. */
import { type Client, type ClientOptions, createClient } from '../../client/index.ts'
import { workerNotFound } from '../../engine/view.ts'
import type { Enqueued, EnqueueOptions, FlowDetails, FlowView, LaneView, WorkerView } from '../../index.ts'
import { isJobId } from '../../job/id.ts'
import type { Desk, Place } from '../desk.ts'
import { findJob, jobView, remoteJobs, resultOf } from './jobs.ts'
import { remoteSchedules } from './schedules.ts'
import { iso, once, orNull, revived } from './wire.ts'

/** The token comes from the environment and nowhere else: arguments are seen by everybody on the machine. */
export function remoteClient(url: string, cluster: string | undefined): Client {
  const options: ClientOptions = { url, token: process.env.ROTA_TOKEN }
  return createClient({ ...options, ...(cluster !== undefined && { cluster }) })
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
    definitions: async () => (await client.handlers.list()).handlers.map(({ id }) => id),
    enqueue: async (job, input, options) => (await client.jobs.create({ job, input, ...written(options) })) as Enqueued,
  }
}

/** Instants are text. What concerns a call of the library is never among the flags. */
function written({ at, expiresAt, after, ...rest }: EnqueueOptions) {
  return {
    ...rest,
    ...(at !== undefined && { at: iso(at, 'at') }),
    ...(expiresAt !== undefined && { expiresAt: iso(expiresAt, 'expiresAt') }),
    ...(after !== undefined && { after }),
  } as Omit<Parameters<Client['jobs']['create']>[0], 'job' | 'input'>
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
        const page = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) }
        const found = await flows.list({ ...(name !== undefined && { name }), ...page })
        return { flows: found.flows.map((flow) => revived(flow, ['enqueuedAt']) as FlowView), next: found.next }
      },
      cancel: async (id, { reason } = {}) =>
        await flows.cancel({ id, ...(reason !== undefined && { reason }) }, once()),
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
      pause: async (id, { reason } = {}) => await lanes.pause({ id, ...(reason !== undefined && { reason }) }, once()),
      resume: async (id) => await lanes.resume({ id }, once()),
    },
    workers: async () =>
      (await workers.list()).workers.map((one): WorkerView => revived(one, ['startedAt', 'seenAt', 'leaseUntil'])),
    drainWorker: async (id, on = true) => {
      if (!isJobId(id)) throw workerNotFound(id)
      return await (on ? workers.drain({ id }) : workers.resume({ id }))
    },
    stats: async ({ from, to, ...rest } = {}) => {
      const began = from !== undefined && { from: iso(from, 'from') }
      const found = await client.stats.get({ ...rest, ...began, ...(to !== undefined && { to: iso(to, 'to') }) })
      return { ...found, points: found.points.map((point) => revived(point, ['at'])) }
    },
    job: (id) => findJob(client, id),
    result: (id, options) => resultOf(client, id, options),
  }
}
