/** The definitions of a server. */
import type { Client } from '../../client/index.ts'
import type { HandlerVersion, HandlerView } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import type { Office } from '../office.ts'
import { type Answer, once, orNull, revived } from './wire.ts'

const viewOf = (one: Answer<'handlers', 'get'>): HandlerView =>
  revived(one, ['createdAt', 'updatedAt']) as unknown as HandlerView

export const idsOf = async (handlers: Client['handlers']): Promise<string[]> =>
  (await handlers.list()).handlers.map(({ id }) => id)

export function remoteHandlers(handlers: Client['handlers']): Office['handlers'] {
  return {
    list: async () => (await handlers.list()).handlers.map(viewOf),
    get: async (id) => {
      const found = await orNull(handlers.get({ id }), 'job_unknown')
      return found && viewOf(found)
    },
    put: async (options) => await handlers.put(options as unknown as Parameters<typeof handlers.put>[0]),
    enable: async (id) => await handlers.enable({ id }, once()),
    disable: async (id) => await handlers.disable({ id }, once()),
    delete: async (id) => await handlers.delete({ id }),
    versions: async (id, { before, limit } = {}) => {
      const { versions } = await handlers.versions(defined({ id, cursor: before, limit }))
      return versions.map((one) => revived(one, ['at']) as unknown as HandlerVersion)
    },
    rotateKey: async (id, { key } = {}) => await handlers.rotateKey(defined({ id, key })),
  }
}
