/** What a role may do, by the table of operations: for pages that leave out what somebody may not. The server decides by the same table. */
import { operationById } from '../api/index.ts'
import { mayDo } from '../api/operation.ts'
import type { Role } from '../api/roles.ts'

/**
 * Whether a role may call an operation.
 *
 * @param operation as in the client: `jobs.cancel`; one that does not exist nobody may call
 * @example console.log(mayCall('viewer', 'jobs.cancel')) // → false
 */
export function mayCall(role: Role, operation: string): boolean {
  const permission = operationById.get(operation)?.meta.permission
  return permission !== undefined && mayDo(role, permission)
}
