import { implement, ORPCError } from '@orpc/server'
import { api } from '../../api/index.ts'
import { isRotaError } from '../../job/errors.ts'
import type { CallContext } from '../call.ts'

/** By which the operations are written down: what they take and give is checked against the table. */
export const implementer = implement(api)
  .$context<CallContext>()
  .use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      if (isRotaError(error)) throw new ORPCError('ROTA', { status: 422, message: error.message, cause: error })
      throw error
    }
  })
