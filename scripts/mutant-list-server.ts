/** What guards the door of the server, broken in one place each. */
import type { Mutant } from './mutant-list.ts'

const matrix = ['test/server/matrix.test.ts']
const browsers = ['test/server/browsers.test.ts']
const signIn = ['test/server/sign-in.test.ts', 'test/server/attacks.test.ts']
const remote = ['test/server/remote-workers.test.ts']

export const serverMutants: readonly Mutant[] = [
  {
    name: 'server-sign-in',
    file: 'src/server/guard.ts',
    from: "permission !== 'public' && caller === null",
    to: 'false',
    tests: matrix,
  },
  {
    name: 'server-role',
    file: 'src/server/guard.ts',
    from: "!mayDo(caller?.role ?? null, permission) && permission !== 'public'",
    to: 'false',
    tests: matrix,
  },
  {
    name: 'server-lanes',
    file: 'src/server/guard.ts',
    from: 'caller?.lanes && lanes === undefined',
    to: 'false',
    tests: matrix,
  },
  {
    name: 'server-key-over',
    file: 'src/server/people.ts',
    from: 'if (isOver(key, now())) return null',
    to: '',
    tests: matrix,
  },
  {
    name: 'server-origin',
    file: 'src/server/guard.ts',
    from: 'isCrossSite(headers) || (origin !== null',
    to: 'false && (origin !== null',
    tests: browsers,
  },
  {
    name: 'server-cookie-alone',
    file: 'src/server/guard.ts',
    from: "caller?.by === 'cookie' && origin === null && site === null",
    to: 'false',
    tests: browsers,
  },
  {
    name: 'server-host',
    file: 'src/server/index.ts',
    from: '(loopbackOnly || set.hosts !== undefined) && !isOurHost(host)',
    to: 'false',
    tests: browsers,
  },
  {
    name: 'server-proxy',
    file: 'src/server/address.ts',
    from: '!passedOn || !isTrusted(direct)',
    to: '!passedOn',
    tests: [...browsers, 'test/server/sign-in.test.ts', 'test/server/registration.test.ts'],
  },
  {
    name: 'server-first-admin',
    file: 'src/server/people.ts',
    from: "is: 'eq', value: `open:",
    to: "is: 'ne', value: `open:",
    tests: ['test/server/registration.test.ts'],
  },
  {
    name: 'server-last-admin',
    file: 'src/server/people.ts',
    from: 'if ((await admins(storage)) > 0) return',
    to: 'return',
    tests: ['test/server/attacks.test.ts'],
  },
  {
    name: 'server-session-ends',
    file: 'src/server/people.ts',
    from: 'if (role !== undefined || password !== undefined) await endSessions(before.id)',
    to: '',
    tests: signIn,
  },
  {
    name: 'server-session-hash',
    file: 'src/server/auth/adapter.ts',
    from: "if (model === 'session' && field === 'token' && typeof value === 'string') return hash(value)",
    to: '',
    tests: ['test/server/canary.test.ts'],
  },
  {
    name: 'server-repeat-body',
    file: 'src/server/repeats.ts',
    from: 'identifier !== asked',
    to: 'false',
    tests: ['test/server/repeats.test.ts'],
  },
  {
    name: 'server-parents-of-lanes',
    file: 'src/server/operations/jobs.ts',
    from: '    await checkParents(context, own.after)\n    const stored = await context.cluster.enqueue(',
    to: '    const stored = await context.cluster.enqueue(',
    tests: ['test/server/attacks.test.ts'],
  },
  {
    name: 'remote-fence',
    file: 'src/server/remote/outcomes.ts',
    from: 'claims.get(job)?.fence === fence',
    to: 'claims.has(job)',
    tests: remote,
  },
  {
    name: 'remote-identity',
    file: 'src/server/remote/identity.ts',
    from: 'one.length === other.length && timingSafeEqual(one, other)',
    to: 'one.length + other.length > 0',
    tests: remote,
  },
  {
    name: 'remote-schedules',
    file: 'src/server/remote/definitions.ts',
    from: 'remote: true',
    to: 'remote: false',
    tests: remote,
  },
]
