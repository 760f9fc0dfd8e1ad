import { RotaError } from '../job/errors.ts'

/** @param seconds after which it may be tried again: `Retry-After` */
export const tooMany = (message: string, seconds: number): RotaError =>
  Object.assign(new RotaError('too_many_requests', message), { retryAfter: seconds })
