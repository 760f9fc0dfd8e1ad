/** The operations on definitions, and what targets of requests report. */
import { setTimeout as sleep } from 'node:timers/promises'
import { definitionUnknown } from '../../engine/definitions.ts'
import { clusterOfToken, notOurs, type Report } from '../../engine/reports.ts'
import type { HandlerOptions } from '../../engine/stored-definition.ts'
import type { Handlers, Rota } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import { RotaError } from '../../job/errors.ts'
import { byOf, type CallContext } from '../call.ts'
import { forgetDefinition } from '../definition.ts'
import { implementer } from './implementer.ts'

const { handlers: os, reports } = implementer

const tagOf = (version: number): string => `"v${version}"`

/** @throws RotaError `changed_meanwhile` for a tag that no definition has */
function ifVersion({ headers }: CallContext): { readonly ifVersion?: number | null } {
  if (headers.get('if-none-match')?.trim() === '*') return { ifVersion: null }
  const given = headers.get('if-match')?.trim()
  if (given === undefined || given === '*') return {}
  const version = /^"v(\d{1,9})"$/.exec(given)?.[1]
  return { ifVersion: version === undefined ? -1 : Number(version) }
}

/** `If-Match: *` asks for any version of what is there. @throws RotaError `changed_meanwhile` */
async function checkThere({ headers, cluster }: CallContext, id: string): Promise<void> {
  if (headers.get('if-match')?.trim() !== '*' || (await cluster.handlers.get(id)) !== null) return
  throw new RotaError('changed_meanwhile', 'If-Match: there is no definition of this id.', { field: 'id' })
}

/** Changes it as whoever asks. */
async function change<T>(context: CallContext, id: string, how: (handlers: Handlers) => Promise<T>): Promise<T> {
  const changed = await how(context.cluster.as(byOf(context)).handlers)
  forgetDefinition(context.cluster, id)
  return changed
}

export const handlerRouter = {
  list: os.list.handler(async ({ context }) => ({ handlers: await context.cluster.handlers.list() })),
  get: os.get.handler(async ({ input: { id }, context }) => {
    const found = await context.cluster.handlers.get(id)
    if (found === null) throw definitionUnknown(id, await context.cluster.definitionIds(), { field: 'id' })
    if (found.version !== null) context.reply.headers.etag = tagOf(found.version)
    return found
  }),
  put: os.put.handler(async ({ input, context }) => {
    const options = defined(input) as unknown as HandlerOptions
    await checkThere(context, input.id)
    const put = await change(context, input.id, (handlers) => handlers.put(options, ifVersion(context)))
    if (put.status === 'created') context.reply.status = 201
    context.reply.headers.etag = tagOf(put.version)
    return put
  }),
  enable: os.enable.handler(({ input: { id }, context }) => change(context, id, (handlers) => handlers.enable(id))),
  disable: os.disable.handler(({ input: { id }, context }) => change(context, id, (handlers) => handlers.disable(id))),
  delete: os.delete.handler(({ input: { id }, context }) =>
    change(context, id, (handlers) =>
      handlers.delete(id, defined({ ifVersion: ifVersion(context).ifVersion ?? undefined })),
    ),
  ),
  versions: os.versions.handler(async ({ input: { id, cursor, limit = 20 }, context }) => {
    const versions = await context.cluster.handlers.versions(id, defined({ before: cursor, limit }))
    return { versions, next: versions.length === limit ? (versions.at(-1)?.version ?? null) : null }
  }),
  rotateKey: os.rotateKey.handler(async ({ input: { id, key }, context }) => {
    const { signingKey, ...changed } = await change(context, id, (handlers) => handlers.rotateKey(id, defined({ key })))
    return { ...changed, status: 'updated' as const, signingKey }
  }),
}

/** Milliseconds: how long a report looks for the worker to give the job back, and between its looks. */
const held = { most: 2_000, pause: 50 }

export const reportRouter = (rota: Rota) => ({
  create: reports.create.handler(async ({ input: { token, ...report }, context: { signal } }) => {
    const name = clusterOfToken(token)
    if (!rota.clusters.some((one) => one.name === name)) throw notOurs()
    const cluster = rota.cluster(name)
    const told = defined(report) as Report
    const first = await cluster.report(token, told)
    // It came between the word of the worker that it waits and the write of it: the job is woken when that stands.
    const until = performance.now() + held.most
    for (let last = first; last.held && performance.now() < until && !signal.aborted; ) {
      await sleep(held.pause)
      last = await cluster.report(token, told).catch(() => ({ ...last, held: false })) // it is over meanwhile
    }
    return { job: first.job, status: first.status as 'taken' | 'repeated' }
  }),
})
