/** Who may be what. It imports nothing: the command line names the roles before it loads the table of operations. */

/** Roles that a person can have. */
export const peopleRoles = Object.freeze(['viewer', 'operator', 'admin'] as const)
export type PersonRole = (typeof peopleRoles)[number]

/** Roles of people and keys. `worker` is for keys only. */
export const roles = Object.freeze([...peopleRoles, 'worker'] as const)
/** What a person or a key may do: each may what the ones before may, but `worker`, which is for remote workers only. */
export type Role = (typeof roles)[number]
