/**
 * Who may do what: every operation of the table, asked by everybody there can be. What is expected is written down here and not taken from the
 * code, so that a permission which changes, or an operation which comes, is seen by whoever reads this file.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/api/index.ts'
import { checkTable } from '../../src/server/index.ts'
import { createPeople } from '../../src/server/people.ts'
import { byTest, startServer, type TestServer } from '../support/server.ts'

/**
 * The permission of each operation. `, any lane`: keys that are limited to lanes get in, too, because it looks at their lanes itself or
 * shows nothing of any.
 */
const expected: Readonly<Record<string, string>> = {
  'jobs.create': 'operate, any lane',
  'jobs.createMany': 'operate, any lane',
  'jobs.list': 'view, any lane',
  'jobs.counts': 'view',
  'jobs.pending': 'view, any lane',
  'jobs.next': 'view, any lane',
  'jobs.get': 'view, any lane',
  'jobs.update': 'operate, any lane',
  'jobs.delete': 'operate, any lane',
  'jobs.retry': 'operate, any lane',
  'jobs.cancel': 'operate, any lane',
  'jobs.run': 'operate, any lane',
  'jobs.reschedule': 'operate, any lane',
  'jobs.purge': 'operate',
  'jobs.explain': 'view, any lane',
  'jobs.logs': 'view, any lane',
  'jobs.attempts': 'view, any lane',
  'jobs.links': 'view, any lane',
  'jobs.result': 'view, any lane',
  'flows.create': 'operate, any lane',
  'flows.list': 'view',
  'flows.get': 'view',
  'flows.cancel': 'operate',
  'flows.retry': 'operate',
  'schedules.list': 'view',
  'schedules.preview': 'view, any lane',
  'schedules.get': 'view',
  'schedules.put': 'operate',
  'schedules.delete': 'operate',
  'schedules.pause': 'operate',
  'schedules.resume': 'operate',
  'schedules.reset': 'operate',
  'schedules.trigger': 'operate',
  'schedules.backfill': 'operate',
  'schedules.next': 'view',
  'schedules.history': 'view',
  'schedules.upcoming': 'view',
  'schedules.missed': 'view',
  'schedules.density': 'view',
  'schedules.recent': 'view',
  'lanes.list': 'view, any lane',
  'lanes.pause': 'operate, any lane',
  'lanes.resume': 'operate, any lane',
  'handlers.list': 'view',
  'handlers.get': 'view',
  'handlers.put': 'operate',
  'handlers.enable': 'operate',
  'handlers.disable': 'operate',
  'handlers.delete': 'operate',
  'handlers.versions': 'view',
  'handlers.rotateKey': 'operate',
  'reports.create': 'public, any lane',
  'workers.list': 'view',
  'workers.drain': 'operate',
  'workers.resume': 'operate',
  'workers.register': 'work, any lane',
  'workers.claim': 'work, any lane',
  'workers.hints': 'work, any lane',
  'workers.heartbeat': 'work, any lane',
  'workers.progress': 'work, any lane',
  'workers.log': 'work, any lane',
  'workers.complete': 'work, any lane',
  'workers.fail': 'work, any lane',
  'workers.release': 'work, any lane',
  'workers.leave': 'work, any lane',
  'stats.get': 'view',
  'stats.failures': 'view, any lane',
  'events.stream': 'view, any lane',
  'auth.register': 'public, any lane',
  'auth.login': 'public, any lane',
  'auth.logout': 'signed-in, any lane',
  'auth.me': 'signed-in, any lane',
  'auth.password': 'signed-in, any lane',
  'auth.status': 'public, any lane',
  'auth.oidc.begin': 'public, any lane',
  'auth.oidc.finish': 'public, any lane',
  'users.list': 'administer',
  'users.create': 'administer',
  'users.update': 'administer',
  'users.remove': 'administer',
  'keys.list': 'administer',
  'keys.create': 'administer',
  'keys.revoke': 'administer',
  'audit.list': 'administer',
  'clusters.list': 'signed-in, any lane',
  'system.get': 'view',
  'demo.get': 'view, any lane',
  'demo.remove': 'administer',
}

/** What each of them may do. */
const callers = {
  nobody: 'public',
  'a viewer': 'public signed-in view',
  'an operator': 'public signed-in view operate work',
  'an administrator': 'public signed-in view operate work administer',
  'a key of a viewer': 'public signed-in view',
  'a key of an operator': 'public signed-in view operate work',
  'a key of an administrator': 'public signed-in view operate work administer',
  'a key of a worker': 'public signed-in work',
  "a key of an operator for the lane 'mail'": 'public signed-in view operate work',
  'a key that was revoked': 'public',
  'a key that has expired': 'public',
  'a token that was signed out': 'public',
  'the token of somebody who was removed': 'public',
} as const
type Who = keyof typeof callers

const isLimited = (who: Who): boolean => who.includes('for the lane')
const isKnown = (who: Who): boolean => callers[who] !== 'public'

let server: TestServer
const secrets = new Map<Who, { readonly secret: string; readonly name: string }>()

beforeAll(async () => {
  server = await startServer()
  const { person, key, people, call } = server
  for (const [who, role] of [
    ['a viewer', 'viewer'],
    ['an operator', 'operator'],
    ['an administrator', 'admin'],
    ['a token that was signed out', 'admin'],
    ['the token of somebody who was removed', 'admin'],
  ] as const) {
    const { token, email } = await person(role)
    secrets.set(who, { secret: token, name: email })
  }
  const signedOut = secrets.get('a token that was signed out')
  await call('POST', '/api/auth/logout', { as: signedOut?.secret ?? '' })
  await people.remove(secrets.get('the token of somebody who was removed')?.name ?? '', byTest)
  const old = createPeople(
    async () => server.storage,
    () => Date.now() - 86_400_000,
  )
  const keys = {
    'a key of a viewer': await key('viewer'),
    'a key of an operator': await key('operator'),
    'a key of an administrator': await key('admin'),
    'a key of a worker': await key('worker'),
    "a key of an operator for the lane 'mail'": await key('operator', { lanes: ['mail'] }),
    'a key that was revoked': await key('admin'),
    'a key that has expired': await old.addKey({ name: 'old', role: 'admin', expiresIn: 60_000 }, byTest),
  }
  await people.revokeKey(keys['a key that was revoked'].id, byTest)
  for (const [who, { key: secret, name }] of Object.entries(keys)) secrets.set(who as Who, { secret, name })
})
afterAll(() => server[Symbol.asyncDispose]())

test('the table here has every operation, and no other', () => {
  expect(operations().map(({ id }) => id)).toEqual(Object.keys(expected))
})

test('an operation without a permission stops the start', () => {
  const [first, second] = operations()
  if (first === undefined || second === undefined) throw new Error('There are no operations.')
  expect(() => checkTable([first, second])).not.toThrow()
  const { permission: _, ...meta } = second.meta
  expect(() => checkTable([first, { ...second, meta }])).toThrow(second.id)
})

const table = operations().flatMap(({ id, method, path }) =>
  (Object.keys(callers) as Who[]).map((who) => ({ id, method, path, who, status: expectedStatus(who, id) })),
)

function expectedStatus(who: Who, id: string): 'gets in' | 401 | 403 {
  const [permission = '', anyLane] = (expected[id] ?? '').split(', ')
  if (permission === 'public') return 'gets in'
  if (!isKnown(who)) return 401
  if (!callers[who].split(' ').includes(permission)) return 403
  return isLimited(who) && anyLane === undefined ? 403 : 'gets in'
}

/** A path whose parameters are well formed and name nothing that is there; of the lanes, the one that the limited key has. */
const filled = (path: string): string =>
  path.startsWith('/lanes') ? path.replace('{id}', 'mail') : path.replace('{id}', crypto.randomUUID())

const denials = async (who: Who, action: string): Promise<number> => {
  const actor = secrets.get(who)?.name ?? ''
  const found = await server.storage.auditLog({
    actor,
    action,
    target: null,
    outcome: 'denied',
    since: null,
    before: null,
    limit: 1_000,
  })
  return found.length
}

describe('every operation, asked by everybody', () => {
  test.each(table)('$id, $who: $status', async ({ id, method, path, who, status }) => {
    const as = id === 'auth.logout' ? await toSignOut(who) : secrets.get(who)?.secret
    const body = method === 'GET' ? {} : { body: {} }
    const answer = await server.call(method, `/api${filled(path)}`, { as: as ?? null, ...body })
    if (status === 'gets in') {
      expect([401, 403]).not.toContain(answer.status)
      expect(answer.status).toBeLessThan(500)
      expect(await denials(who, id)).toBe(0)
      return
    }
    expect([answer.status, answer.body?.code]).toEqual([status, status === 401 ? 'sign_in_required' : 'not_allowed'])
    expect(await denials(who, id)).toBe(isKnown(who) ? 1 : 0)
  })
})

/** Signing out ends the session, and the other cases need theirs. */
async function toSignOut(who: Who): Promise<string | undefined> {
  const role = { 'a viewer': 'viewer', 'an operator': 'operator', 'an administrator': 'admin' } as const
  return who in role ? (await server.person(role[who as keyof typeof role])).token : secrets.get(who)?.secret
}
