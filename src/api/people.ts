/** Who may come in: signing in, people, keys, and what they did. */
import { z } from 'zod'
import { administering, open, signedIn } from './operation.ts'
import { peopleRoles, roles } from './roles.ts'
import * as s from './schemas.ts'

export const shortestPassword = 10
export const longestPassword = 128

const email = z.email().max(200)
const password = z.string().max(longestPassword).describe(`At least ${shortestPassword} characters.`)
const personName = s.plainText(200)

const user = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(peopleRoles),
  createdAt: s.instantOut,
})
const session = z.object({ token: z.string().describe('For the header `Authorization: Bearer`.'), user })

const me = z.object({
  kind: z.enum(['user', 'key', 'local']),
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  lanes: z.array(z.string()).readonly().nullable().describe('Null for all.'),
  email: z.string().nullable(),
})

export const authOperations = {
  register: open()
    .route({
      method: 'POST',
      path: '/auth/register',
      tags: ['auth'],
      successStatus: 201,
      summary:
        'Register. The first one becomes the administrator, from this machine or with the set-up token; then it is closed unless opened',
    })
    .input(z.strictObject({ email, password, name: personName.optional(), setupToken: z.string().max(200).optional() }))
    .output(session),
  login: open()
    .route({ method: 'POST', path: '/auth/login', tags: ['auth'], summary: 'Sign in' })
    .input(z.strictObject({ email: s.plainText(200), password: z.string().min(1).max(longestPassword) }))
    .output(session),
  logout: signedIn()
    .route({ method: 'POST', path: '/auth/logout', tags: ['auth'], summary: 'Sign out: the session ends at once' })
    .output(z.object({ status: z.literal('signed out') })),
  me: signedIn()
    .route({ method: 'GET', path: '/auth/me', tags: ['auth'], summary: 'Who is asking' })
    .output(me),
  password: signedIn()
    .route({
      method: 'POST',
      path: '/auth/password',
      tags: ['auth'],
      summary: 'Change the own password; all other sessions end',
    })
    .input(z.strictObject({ current: z.string().min(1).max(longestPassword), password }))
    .output(session),
}

const provider = z.string().min(1).max(100)

/** Steps of a browser, each answered by sending it elsewhere. */
export const oidcOperations = {
  begin: open()
    .route({
      method: 'GET',
      path: '/auth/oidc/{id}',
      tags: ['auth'],
      successStatus: 302,
      summary: 'Sign in by a provider: sends the browser there',
    })
    .input(z.object({ id: provider })),
  finish: open()
    .route({
      method: 'GET',
      path: '/auth/callback/{id}',
      tags: ['auth'],
      successStatus: 302,
      summary: 'Where the provider sends the browser back to',
    })
    .input(z.looseObject({ id: provider })),
}

export const userOperations = {
  list: administering()
    .route({ method: 'GET', path: '/users', tags: ['users'], summary: 'The people who may sign in' })
    .input(z.strictObject({ cursor: s.cursor.optional(), limit: s.limit(1_000, 100) }))
    .output(z.object({ users: z.array(user).readonly(), next: z.string().nullable() })),
  create: administering()
    .route({ method: 'POST', path: '/users', tags: ['users'], successStatus: 201, summary: 'Let somebody in' })
    .input(z.strictObject({ email, password, name: personName.optional(), role: z.enum(peopleRoles).optional() }))
    .output(user),
  update: administering()
    .route({
      method: 'PUT',
      path: '/users/{id}',
      tags: ['users'],
      summary: 'Change a role, a name or a password; with a new role or password the sessions of that person end',
    })
    .input(
      z.strictObject({
        id: z.string().min(1).max(200),
        role: z.enum(peopleRoles).optional(),
        name: personName.optional(),
        password: password.optional(),
      }),
    )
    .output(user),
  remove: administering()
    .route({ method: 'DELETE', path: '/users/{id}', tags: ['users'], summary: 'Let somebody in no more' })
    .input(z.strictObject({ id: z.string().min(1).max(200) }))
    .output(s.edited('removed')),
}

const key = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('How it begins, to tell keys apart.'),
  role: z.enum(roles),
  lanes: z.array(z.string()).readonly().nullable(),
  createdBy: z.string(),
  createdAt: s.instantOut,
  expiresAt: s.instantOut.nullable(),
  lastUsedAt: s.instantOut.nullable(),
  revokedAt: s.instantOut.nullable(),
})

export const keyOperations = {
  list: administering()
    .route({ method: 'GET', path: '/keys', tags: ['keys'], summary: 'API keys; never the keys themselves' })
    .output(z.object({ keys: z.array(key).readonly() })),
  create: administering()
    .route({
      method: 'POST',
      path: '/keys',
      tags: ['keys'],
      successStatus: 201,
      summary: 'Make an API key; it is shown this once',
    })
    .input(
      z.strictObject({
        name: s.plainText(200),
        role: z.enum(roles),
        lanes: z.array(s.name).min(1).max(100).optional().describe('Only these lanes; all unless told otherwise.'),
        expiresIn: s.durationIn.optional().describe('Never unless told otherwise.'),
      }),
    )
    .output(key.extend({ key: z.string() })),
  revoke: administering()
    .route({ method: 'DELETE', path: '/keys/{id}', tags: ['keys'], summary: 'End an API key, at once' })
    .input(z.strictObject({ id: z.string().min(1).max(200) }))
    .output(s.edited('revoked')),
}

export const auditOperations = {
  list: administering({ cluster: true })
    .route({ method: 'GET', path: '/audit', tags: ['audit'], summary: 'Who did what, from where; newest first' })
    .input(
      z.strictObject({
        actor: z.string().max(200).optional(),
        action: z.string().max(100).optional().describe('Such as `jobs.cancel`, or `jobs.` for all of a kind.'),
        target: z.string().max(300).optional().describe('Such as `job:<id>`, or `job:` for all of a kind.'),
        outcome: z.enum(['done', 'denied', 'failed']).optional(),
        since: s.instantIn.optional(),
        cursor: z.coerce.number<number>().int().min(1).optional(),
        limit: s.limit(1_000, 50),
      }),
    )
    .output(
      z.object({
        entries: z
          .array(
            z.object({
              id: z.number().int(),
              at: s.instantOut,
              actor: z.object({
                kind: z.enum(['user', 'key', 'local', 'cli', 'nobody']),
                id: z.string(),
                name: z.string(),
              }),
              address: z.string().nullable(),
              action: z.string(),
              target: z.string(),
              outcome: z.enum(['done', 'denied', 'failed']),
              before: s.json,
              after: s.json,
            }),
          )
          .readonly(),
        next: z.number().int().nullable(),
      }),
    ),
}
