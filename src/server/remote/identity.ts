/**
 * What a worker shows of itself with every call: its id and a proof that it was this caller who registered it. So no other key can speak for
 * it, and no server has to look anything up.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { derivedKey } from '../../engine/secret.ts'
import { RotaError } from '../../job/errors.ts'
import { isJobId } from '../../job/id.ts'
import type { CallContext } from '../call.ts'

/** Of 22 characters of base64url: 132 bits. */
const length = 22

type Asking = Pick<CallContext, 'caller' | 'cluster'>

export interface Identities {
  /** `<id>.<proof>` */
  give(asking: Asking, id: string): string
  /**
   * The id of a worker.
   *
   * @throws RotaError `worker_not_found` where somebody else registered it, or nobody did
   */
  read(asking: Asking, shown: string): string
}

export function identities(secret: string): Identities {
  const key = derivedKey(secret, 'worker')
  const proof = ({ caller, cluster }: Asking, id: string): string => {
    const said = JSON.stringify([cluster.name, caller?.actor.kind, caller?.actor.id, id])
    return createHmac('sha256', key).update(said).digest('base64url').slice(0, length)
  }
  return {
    give: (asking, id) => `${id}.${proof(asking, id)}`,
    read(asking, shown) {
      const [id = '', given = ''] = shown.split('.', 2)
      const expected = Buffer.from(proof(asking, id))
      const isOurs = isJobId(id) && given.length === length && isSame(Buffer.from(given), expected)
      if (isOurs && shown.length === id.length + 1 + length) return id
      throw workerGone()
    },
  }
}

const isSame = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other)

export const workerGone = (): RotaError =>
  new RotaError(
    'worker_not_found',
    'There is no live worker of this id that you registered. Its lease may have run out: register anew.',
    { field: 'id' },
  )
