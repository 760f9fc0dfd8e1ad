/** How a job that runs here reaches those that it waited for, and stores others: by the API, so the key has to be one of an operator. */
import type { Client } from '../client/index.ts'
import { enqueueBody } from '../client/request.ts'
import type { Family } from '../engine/context.ts'
import { throughEnqueue } from '../engine/middleware.ts'
import type { ClusterSettings } from '../engine/options.ts'
import type { ParentView } from '../job/context.ts'
import { validate } from '../job/define.ts'
import { defined } from '../job/defined.ts'
import type { Enqueued, EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError } from '../job/errors.ts'
import { toJson } from '../job/payload.ts'

type Created = Parameters<Client['jobs']['create']>[0]

export function remoteFamily(client: Client, { cluster, middleware, payloadLimit }: ClusterSettings): Family {
  return {
    async parents(id) {
      const { parents } = await client.jobs.links({ id })
      return parents
        .map(
          ({ job: { id: parent, job, state, output, error } }): ParentView => ({
            id: parent as ParentView['id'],
            job,
            state,
            output,
            error: error as ParentView['error'],
          }),
        )
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
    async enqueue(_, job, [input, options = {}]) {
      const call = { cluster, job: job.id, input, options }
      const stored = await throughEnqueue(middleware.enqueue, call, async (changed) => {
        toJson(changed.input, 'input', payloadLimit)
        await validate(job, changed.input)
        const { body, signal } = written(changed.options)
        const wanted = { ...body, job: job.id, input: changed.input } as Created
        return (await client.jobs.create(wanted, signal)) as Enqueued
      })
      return stored as Enqueued<never>
    },
  }
}

function written({ tx, wake: _, cluster: __, signal, ...options }: EnqueueOptions) {
  if (tx !== undefined)
    throw new RotaError('tx_invalid', 'tx: a worker without the database has no transaction on it.', { field: 'tx' })
  return { body: enqueueBody(options), signal: defined({ signal }) }
}
